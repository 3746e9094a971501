import { Parser } from './parser.ts';
import type { Definition } from './syntax.ts';

/** The builtins that take filters, written in jq. Names that start with `_` are not for programs. */
const SOURCE = String.raw`
def not: if . then false else true end;
def in(other): . as $key | other | has($key);
def inside(other): . as $part | other | contains($part);
def map(f): [.[] | f];
def map_values(f): .[] |= f;
def with_entries(f): to_entries | map(f) | from_entries;
def select(f): if f then . else empty end;
def values: select(. != null);
def nulls: select(. == null);
def booleans: select(type == "boolean");
def numbers: select(type == "number");
def strings: select(type == "string");
def arrays: select(type == "array");
def objects: select(type == "object");
def iterables: select(type == ("array", "object"));
def scalars: select(type | . != "array" and . != "object");
def finites: select(isfinite);
def normals: select(isnormal);
def recurse: recurse(.[]?);
def recurse(f): def _descend: ., (f | _descend); _descend;
def recurse(f; condition): def _descend: ., (f | select(condition) | _descend); _descend;
def while(condition; update): def _loop: if condition then ., (update | _loop) else empty end; _loop;
def until(condition; next): def _loop: if condition then . else next | _loop end; _loop;
def repeat(f): def _loop: f, _loop; _loop;
def range($end): _range(0; $end; 1);
def range($start; $end): _range($start; $end; 1);
def range($start; $end; $step): _range($start; $end; $step);
def first: .[0];
def first(f): label $out | f | ., break $out;
def last: .[-1];
def last(f): reduce f as $item (null; $item);
def nth($n): .[$n];
def nth($n; f):
  if $n < 0 then error("nth doesn't support negative indices")
  else label $out | foreach f as $item ($n + 1; . - 1; if . <= 0 then $item, break $out else empty end) end;
def limit($n; f):
  if $n > 0 then label $out | foreach f as $item ($n; . - 1; $item, if . <= 0 then break $out else empty end)
  elif $n == 0 then empty
  else f end;
def skip($n; f):
  if $n > 0 then foreach f as $item ($n; . - 1; if . < 0 then $item else empty end)
  elif $n == 0 then f
  else error("Invalid arguments to skip: negative count") end;
def isempty(f): label $out | (f | false, break $out), true;
def all: all(.[]; .);
def all(condition): all(.[]; condition);
def all(f; condition): isempty(f | select(condition | not));
def any: any(.[]; .);
def any(condition): any(.[]; condition);
def any(f; condition): isempty(f | select(condition)) | not;
def add(f): [f] | add;
def sort_by(f): _sort_by(map([f]));
def group_by(f): _group_by(map([f]));
def unique_by(f): _unique_by(map([f]));
def min_by(f): _min_by(map([f]));
def max_by(f): _max_by(map([f]));
def del(f): delpaths([path(f)]);
def paths: path(..) | select(. != []);
def paths(f): paths as $path | select(getpath($path) | f) | $path;
def leaf_paths: paths(scalars);
def pick(f): . as $whole | reduce path(f) as $path (null; setpath($path; $whole | getpath($path)));
def walk(f):
  def _walk: if type == "array" then map(_walk) elif type == "object" then map_values(last(_walk)) else . end | f;
  _walk;
def combinations:
  if length == 0 then [] else .[0][] as $first | [$first] + (.[1:] | combinations) end;
def combinations(n): [limit(n; repeat(.))] | combinations;
def ascii: [.] | implode;
def todate: todateiso8601;
def fromdate: fromdateiso8601;
def todateiso8601: strftime("%Y-%m-%dT%H:%M:%SZ");
def fromdateiso8601: strptime("%Y-%m-%dT%H:%M:%S%z") | mktime;
def dateadd(unit; $n): . + $n;
def datesub(unit; $n): . - $n;
def date: todate;
def match($regex): match($regex; null);
def match($regex; $flags): _match($regex; $flags; false)[];
def test($regex): test($regex; null);
def test($regex; $flags): _match($regex; $flags; true);
def capture($regex): capture($regex; null);
def capture($regex; $flags): match($regex; $flags) | _capture;
def scan($regex): scan($regex; null);
def scan($regex; $flags):
  match($regex; $flags + "g") | if .captures == [] then .string else [.captures[].string] end;
def splits($regex): splits($regex; null);
def splits($regex; $flags): split($regex; $flags)[];
def sub($regex; replacement): sub($regex; replacement; null);
def sub($regex; replacement; $flags):
  . as $whole
  | [match($regex; $flags)] as $found
  | def _build($left; $end; $tail):
      if $left == 0 then $whole[:$end] + $tail
      else
        $found[$left - 1] as $match
        | (($match | _capture | replacement) + $whole[$match.offset + $match.length:$end] + $tail) as $longer
        | _build($left - 1; $match.offset; $longer)
      end;
  _build($found | length; null; "");
def gsub($regex; replacement): sub($regex; replacement; "g");
def gsub($regex; replacement; $flags): sub($regex; replacement; $flags + "g");
def tostream:
  path(def _deep: (.[]? | _deep), .; _deep) as $path
  | getpath($path)
  | reduce path(.[]?) as $last ([$path, .]; [$path + $last]);
def fromstream(f):
  foreach f as $event ({value: null, complete: false};
    if .complete then {value: null, complete: false} else . end
    | if $event | length == 2
      then setpath(["complete"]; $event[0] | length == 0) | setpath(["value"] + $event[0]; $event[1])
      else setpath(["complete"]; $event[0] | length == 1) end;
    if .complete then .value else empty end);
def truncate_stream(f): . as $depth | null | f | if .[0] | length > $depth then .[0] |= .[$depth:] else empty end;
def inputs: input;
def INDEX(f; key): reduce f as $row ({}; .[$row | key | tostring] = $row);
def INDEX(key): INDEX(.[]; key);
def IN(f): any(f == .; .);
def IN(source; f): any(source == f; .);
def JOIN($index; key): [.[] | [., $index[key]]];
def JOIN($index; f; key): f | [., $index[key]];
def JOIN($index; f; key; join): f | [., $index[key]] | join;
`;

const DEFINITIONS: ReadonlyMap<string, Definition> = new Map(
  new Parser(SOURCE).program().definitions.map((item) => [`${item.name}/${item.parameters.length}`, item] as const),
);

/** The names of the builtins written in jq, as `name/arity`. */
export const DEFINED_NAMES: readonly string[] = [...DEFINITIONS.keys()];

/** The definition of a builtin that is written in jq. */
export function definitionOf(name: string, arity: number): Definition | undefined {
  return DEFINITIONS.get(`${name}/${arity}`);
}
