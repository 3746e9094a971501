// @table: queries and inputs for the jq golden table, written for this project
/** Inputs that the matrices run over. */
export const INPUTS: readonly string[] = [
  'null',
  'true',
  'false',
  '0',
  '1',
  '-1',
  '2.5',
  '-3.75',
  '10',
  '1000000000000',
  '100000000000000000000',
  '0.1',
  '""',
  '"a"',
  '"abc"',
  '"aBc é 😀 x"',
  '"12"',
  '"-1.5e3"',
  '"a,b, c"',
  '"line\\none\\ttab \\"q\\" \\\\ <&>\'"',
  '[]',
  '[1,2,3]',
  '[3,1,2,1]',
  '["a","b","c"]',
  '[null,true,false,1,"a",[1],{"a":1}]',
  '[[1,2],[3,4],[5]]',
  '[{"a":1,"b":"x"},{"a":2,"b":"y"},{"a":1,"b":"z"}]',
  '{}',
  '{"a":1}',
  '{"b":2,"a":1,"c":[1,{"d":null}]}',
  '{"a":{"b":{"c":[10,20,30]}},"x y":"z"}',
  '[{"key":"k","value":1},{"name":"n","Value":2},{"Key":"K"}]',
  '{"__proto__":1,"constructor":{"prototype":2}}',
  '[0,1,[2,[3,[4]]]]',
  '[1,[2]]',
  '"2015-03-05T23:51:47Z"',
  '1425599621.678',
];

/** Operands of the operators. */
export const OPERANDS: readonly string[] = [
  'null',
  'true',
  'false',
  '0',
  '1',
  '-1',
  '3',
  '0.5',
  '-2.5',
  '1e3',
  '1e300',
  '9223372036854775807',
  '9007199254740993',
  '-9007199254740993',
  '123456789012345678901234567890',
  '0.0',
  '7',
  'nan',
  'infinite',
  '""',
  '"a"',
  '"ab"',
  '"a,b"',
  '","',
  '[]',
  '[1]',
  '[1,2,1]',
  '["a"]',
  '{}',
  '{"a":1}',
  '{"a":{"b":2}}',
  '{"a":{"c":3},"d":4}',
];

/** Operators between two operands. */
export const OPERATORS: readonly string[] = [
  '+',
  '-',
  '*',
  '/',
  '%',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'and',
  'or',
  '//',
];

const WORDS = String.raw`
length utf8bytelength keys to_entries from_entries add any all tonumber tostring type reverse explode implode
ascii_downcase ascii_upcase tojson fromjson flatten min max sort unique first last transpose not floor sqrt ceil round trunc fabs
isnan isinfinite isnormal isfinite infinite nan values nulls booleans numbers strings arrays objects iterables scalars finites normals
tostream gmtime mktime todate fromdate paths leaf_paths combinations error significand logb frexp modf -. +. .[] .[]? .a .a? .["a"] ."a" .[0] .[-1]
.[1:] .[:1] .[:-1] .[1:2] .[null] .[true] .. .a.b .a[0] @text @json @html @uri @csv @tsv @sh @base64 @base64d empty null .[0]? .a.b? has("a") has(0) has(null)
contains("a") contains(["a"]) contains({"a":1}) contains(null) contains(1) inside("abcd") inside([1,2,3,4]) inside({"a":1,"b":2})
index("b") rindex("b") indices("b") indices(1) indices([1,2]) index(",") startswith("a") endswith("c") ltrimstr("a") rtrimstr("c")
split(",") join(",") join("") join(1) split("") flatten(1) flatten(0) flatten(-1) bsearch(1) bsearch("b") bsearch(2)
map(.) map(.+1) map_values(.) map_values(empty) map(length) sort_by(.a) group_by(.a) unique_by(.a) min_by(.a) max_by(.a) unique_by(length)
with_entries(.value|=tostring) with_entries(select(.key!="a")) del(.a) del(.[0]) del(.[]) del(.[1:]) del(.a,.b) del(..) del(.)
getpath(["a"]) getpath(["a","b"]) getpath([0]) getpath([]) getpath("a") paths(type=="number") setpath(["a"];1) setpath([0];1) setpath([];1)
setpath(["a","b"];1) setpath("a";1) setpath([1];1) setpath([-1];1) setpath([-9];1) delpaths([["a"]]) delpaths([[0],[1]]) delpaths([[]]) delpaths(1)
path(..) [path(.[]?)] path(.a) path(.[0]) path(.a[1:2]) path(first(.[]?)) (.a)=1 .a|=2 .[0]=9 .[1:]=[7] .[]?+=1 .a+=1 .a//=5 .b.c=3
.[2:4]|=["x"] .a-=1 .a*=2 .a/=2 .a%=2 .[]|=tostring .a|=empty .[]|=empty limit(2;.[]?) first(.[]?) last(.[]?) nth(1)
nth(1;.[]?) isempty(.[]?) until(true;.) walk(.) walk(empty) fromjson? ascii_downcase? test("a") test("A";"i") match("b") match("[a-c]";"g")
scan("[a-z]") scan("([a-z])(.)") sub("b";"X") gsub("";"-") gsub("^";">") ascii_upcase? range(.) [range(0;.)] fromstream(tostream) [.[]?] [..] {a:.}
any(.==1) all(.==1) any(.[]?;.) IN(1,2) IN(.[]?;1) INDEX(.a?) in({"a":1}) in([1]) ltrimstr(1) @base64d? getpath(["a",0,"b"])? "\(.)"
strftime("%Y-%m-%dT%H:%M:%SZ") strptime("%Y-%m-%dT%H:%M:%SZ") todateiso8601 splits("a") min_by(.) max_by(-length) while(false;.)
recurse(.a?) recurse(.[]?;true) getpath(["x","y"]) has("__proto__") .__proto__ .constructor .toString .["__proto__"]=1 {__proto__:.}
.[.] .[.]? .["a","b"] .[0,1] .[[1]] .[{}] .["a"]? .[:.] .[.:] .[1.7] .[nan] .[-5:] .[:-5] .[2:1] .a[] .[].a .[]?.a? .a?.b? .[-1]=1 .[5]=1
tojson|fromjson to_entries|from_entries keys|length explode|implode [.,.]|add [.]|tostring {(tostring):.} {(.):1} {"a":.,"b":.} [.[]?,1]
error(.) try(error(.))catch(.) .[1:][1:] .[1:][0] .[:2][:1]=[8] .a[1:]=[1] .a.b.c[1]|=99 (.[0],.[1])=5 (.a,.b)|=7 .[]?.a?=1 .a|=.b .a=.b .a=(1,2) .a|=(1,2) .a+=(1,2)
tostream|tojson isempty(empty) splits("b";null) getpath(["a"])=3 paths|length del(.[]?) to_entries? (..)|=. .[0:2]|=map(.) .[length]? limit(0;1) limit(-1;.) first(empty) $__loc__
`;

const LINES = String.raw`
.[]?//"d"
split(", *";null)
[splits(", *")]
capture("(?<x>[a-z])(?<y>\d)?")
capture("(?<x>[a-z])";"g")
gsub("[a-c]";"<\(.)>")
gsub("(?<l>[a-z])";"\(.l)\(.l)")
sub("(?<l>[a-z])";"\(.l)","2")
walk(if type=="number" then .+1 else . end)
(.. | select(type=="number")) |= .+1
[.. | numbers]
. as [$a,$b] | [$a,$b]
. as {a:$x} | $x
. as [$a] ?// {a:$a} ?// $a | [$a]
. as {$a,b:[$c]} | [$a,$c]
. as {"a":$x} | $x
. as {("a","b"):$x} | $x
. as {$a:{$b}} | [$a,$b]
. as [$a,[$b]] | $b
.[]? as [$a] ?// $a | if ($a|type)=="number" then error("x") else $a end
reduce .[]? as $x (0;.+1)
foreach .[]? as $x (0;.+1;[$x,.])
foreach .[]? as $x (0;.+1)
reduce .[]? as [$a,$b] (null;[$a,$b])
reduce .[]? as $x (null; . + $x)
if . then 1 else 2 end
if . then 1 end
if .a? then 1 elif .b? then 2 else 3 end
.a? // "d"
@json "x\(.)"
@sh "e \(.)"
@html "<\(.)>"
@uri "?\(.)"
@csv "\(.)"
@base64 "\(.)-"
@text "a\(.)b"
"\(.) and \(.)"
try error catch .
try .a.b.c catch .
try (.[] | tonumber) catch "bad: \(.)"
[.[]? | tostring] | join("-")
label $f | .[]? | if . == 1 then break $f else . end
[limit(3; .[]?)]
path(.a | select(.b))
path(if .a then .b else .c end)
path(.a // .b)
path(getpath(["a","b"]))
path(.. | numbers)
path(map(.))
path(. as $x | .a)
path(reduce (1,2) as $x (.; .a))
[paths(. == 1)]
[paths] | map(tostring)
to_entries[]? | "\(.key)=\(.value)"
[.[]? | select(. != null)] | length
def f: .a?; [f, (f | f)]
def f(g): [g, g]; f(.[]?)
def f($x; g): $x, g; f(.; length?)
def f: if type == "array" then map(f) else 1 end; f
[tostream] == [tostream]
fromstream(1 | truncate_stream([[0],1],[[1,0],2],[[1,0]],[[1]]))
[truncate_stream(1; tostream)]
[.[]? as $x | .[]? as $y | [$x, $y]] | length
. == (tojson | fromjson)
[., 1] | sort
[., null, "a"] | unique
[., .] | group_by(.)
{a: ., b: {c: .}} | [paths]
{a: ., b: {c: .}} | del(.b.c)
[.] | flatten
[., [.]] | flatten(1)
to_entries | map(.value)
tojson | length
(.a, .b) = 1
.a as $x | .b as $y | [$x, $y]
.[1:] |= map(. as $x | [$x])
del(.[0], .[2])
del(.. | select(. == 1)?)
delpaths([paths(type == "number")])
[splits("[, ]+")]
ascii_downcase | explode | map(. + 1) | implode
[match(""; "g")] | length
[match("(?<n>.)(x)?"; "g") | .captures | map(.string)]
[scan("\\w+")]
test("^a.c$")
test("A B"; "x")
test("a"; 1)
test(1)
[.[]?] | @csv
[.[]?] | @tsv
[.[]?] | @sh
[.[]? | numbers] | add / length
.[]? |= (. as $x | [$x])
limit(1; error("x"), 2)
first(range(10; 0; -1))
[range(0; 10; 3), range(5; 0; -2), range(0; 1; 0.3)]
[range(0, 1; 3, 4)]
any, all
env | type
ltrimstr("a") | rtrimstr("c")
@base64 | @base64d
@uri "https://x/?q=\(tostring)&r=\("a b")"
getpath(["a", "b"]) = 5
[getpath(["a"], ["b"])?]
(.a | .b) |= 1
(.a | select(. != null)) = 1
(.[] | select(. == 1)) = "one"
.[(length - 1)]?
input_line_number
[combinations(2)] | length
`;

/** Filters that run over all inputs. */
export const FILTERS: readonly string[] = [...WORDS.split(/\s+/), ...LINES.split('\n')].filter((text) => text !== '');

/** Programs that need no input, over everything the matrices leave out. */
export const PROGRAMS: readonly string[] = String.raw`
{a:1|2}
{(1,2|tostring):3}
{"a\(1)":1}
{a:1,a:2}
{a:1,a:(2,3)}
{a:1,}
{if:1,then:2,"x":3}
{$x}
1 as $x | {$x}
"k" as $x | {$x:1}
{@base64:1}
{"a\("b")"}
{a:(1,2),b:(3,4)}
[1,2,(3,4)]
[(1,2)+(10,20)]
[(1,2)*(3,4)]
"\(1,2) \(3,4)"
1 as $x | 2 as $y | [$x,$y]
1 as $x | def f: $x; 2 as $x | f
def f: def g: 3; g; f
def f(x): x * 2; f(3)
def f($a; $b): $a + $b; f(1,2;3,4)
def f(a; b): a + b; f(1,2;3,4)
def f($a): a, $a; f(1)
def fac: if . <= 1 then 1 else . * (. - 1 | fac) end; [range(10) | fac]
def fib: if . < 2 then . else (. - 1 | fib) + (. - 2 | fib) end; 15 | fib
def f: 1; def f: 2; f
def f: 1; def g: f; def f: 2; g
def f(f): f; f(1)
def f(g): def h: g; h; f(7)
reduce range(100) as $i (0; . + $i)
reduce empty as $i (0; 1)
reduce (1,2) as $x (0; ., 10)
reduce (1,2) as $x (0; empty)
foreach (1,2,3) as $x (0; . + $x; ., [.])
foreach (1,2,3) as $x (0; empty; .)
foreach (1,2,3) as [$x] (0; 1)
label $out | 1, break $out, 2
label $a | label $b | 1, break $a, 2
[label $a | (label $b | 1, break $b, 2), 3]
break $x
label $f | def g: break $f; 1, g, 2
try error("x") catch .
try error({a:1}) catch .a
try error(null) catch .
try error catch .
error("x")
error({a:1})
error(null)
error
"x" | error
[.[]?, 1]
try (1, error("x"), 3) catch .
[try (1, error("x"), 3) catch .]
[(1, error("x"), 3)?]
try (try error("x") catch error("y")) catch .
(try 1 catch 2) | error("z")
try ((try 1) | error("z")) catch "outer \(.)"
error("x") // 1
(null, error("x")) // 1
[(1, error("x"), null)] // 1
(false, null, 1) // 42
(false, null) // 42
empty // 2
[false, 1] | .[] // 3
1 // 2 // 3
null // null // 3
[.[] // 1]
first(range(10))
[limit(3; range(10))]
[limit(0; error("x"))]
[limit(3; repeat(1))]
[limit(5; 1 | repeat(. * 2))]
[range(5)]
[range(2; 5)]
[range(0; 10; 3)]
[range(10; 0; -3)]
[range(0; 1; 0.3)]
[range(1; 0; 0)]
[range("a")]
[range(0; "a")]
[.[] as [$a] | $a]
[[1,2],[3,4]] | [.[] as [$a,$b] | {a:$a,b:$b}]
[[1,[2]],[3,[4]]] | [.[] as [$a,[$b]] | $a + $b]
{"a":[1,{"b":2}]} | . as {a:[$x,{b:$y}]} | [$x,$y]
{"a":1} | . as {$a} | $a
{"k":"a","a":5} | . as {k:$k, ($k):$v} | [$k,$v]
{"k":"a","a":5} | . as {$k, "\("a")":$v} | [$k,$v]
[[1],{"a":2},3] | [.[] as [$a] ?// {a:$a} ?// $a | [$a]]
[[3]] | .[] as [$a] ?// [$b] | if $a != null then error("err: \($a)") else {$a,$b} end
[1] as [$a] ?// $a | [$a]
1 as [$a] | $a
1 as {a:$x} | $x
{} as [$a] | $a
[[0,1],[1,0]] | map(. as [$a,$b] | if $a > $b then "gt" else "le" end)
[1,[2,3]] | getpath([1,0])
[1,2,3] | .[1:] = ["a","b","c"]
[1,2,3] | .[1:2] |= map(. * 10)
[1,2,3,4] | del(.[1:3])
[1,2,3,4] | del(.[0,2])
[1,2,3,4] | delpaths([[0],[2]])
[1,2,3,4] | del(.[-1])
[1,2,3] | to_entries
{} | .a.b |= 3
{} | .a.b.c = 1
{} | .["a","b"] = 1
{} | (.a,.b) = (1,2)
[1,2] | .[length] = (5,6)
{} | .a += 1
{} | .a //= 1
{"a":null} | .a //= (1,2)
{"a":[1,2]} | .a += [3]
{"a":{"b":1}} | .a *= {"c":2}
{"a":10} | .a -= 1, .a *= 2, .a /= 4, .a %= 3
{"a":1} | .a |= empty
[1,2,3,4] | .[] |= empty
[1,2,3,4] | map(select(. % 2 == 0)) |= map(. + 1)
[1,2,3] | (.[] | select(. > 1)) |= . * 2
null | .[3] = 1
null | .[-1] = 1
[] | .[-1] = 1
null | .[1:3] = ["x"]
"abc" | .[1:2]
"aéb😀c" | .[1:4]
"aéb😀c" | length, utf8bytelength, explode
"abc" | .[1]
"abc" | .[-1]
"abc" | .[10]
"abc" | .[0] = "x"
"abc" | .[0:1] = "x"
[1,2,3] | .[1.9]
[1,2,3] | .["a"]?
[1,2,3] | .[1,0]
[1,2,1] | .[[1]]
{"a":{"k":5},"i":"k"} | .a[.i]?
{"a":{"k":5},"i":"k"} | .a[.i]
{"a":[1,2,3],"i":1} | .a[.i:]
[1,2,3] | .[(0,1):(2,3)]
path(.a[0].b)
path(.a | .b)
path(.a, .b)
[path(.. )]
{"a":[1]} | [path(..)]
path(1)
path(.a | tostring)
path(.a + 1)
path(.a // .b)
path(if true then .a else .b end)
path(first(.a, .b))
path(limit(1; .a, .b))
path(getpath(["a","b"]) | .c)
path(.a[1:2][0])
path(.. | select(type == "boolean"))
{"a":[{"b":1},{"c":2}]} | [paths]
{"a":[{"b":1},{"c":2}]} | [leaf_paths]
{"a":[{"b":1},{"c":2}]} | [paths(type == "number")]
{"a":[{"b":1},{"c":2}]} | [tostream]
{"a":[{"b":1},{"c":2}]} | fromstream(tostream)
[1|truncate_stream([[0],1],[[1,0],2],[[1,0]],[[1]])]
{"a":1,"b":2} | with_entries(.value += 1)
{"a":1,"b":2} | to_entries | from_entries
[{"name":"a","value":1},{"key":null,"name":"b"},{"key":false,"Key":"c","Value":3}] | from_entries
[{"key":1}] | from_entries
[{"value":1}] | from_entries
[1] | from_entries
[3,1,2] | sort, sort_by(-.), min, max, add, length
[{"a":2,"b":1},{"a":1,"b":2},{"a":2,"b":0}] | sort_by(.a), sort_by(.a,.b), group_by(.a), unique_by(.a), min_by(.b), max_by(.b)
[[1,2],[10,20],[0]] | transpose
[["a","b"],["c"]] | [combinations]
[0,1] | [combinations(2)]
[] | [combinations]
[1,[2,[3,[4]]]] | flatten, flatten(1), flatten(2)
[1,1,2] | unique
[nan] | sort
[nan, 1, nan, null] | sort
nan < nan
nan == nan
[nan] == [nan]
nan > nan
[nan, nan] | unique | length
{"a":nan} | tostring
[infinite, -infinite, nan]
infinite | tostring
infinite % 3
5 % infinite
nan % 3
5 % -3
-5 % 3
5.9 % 2.1
1 % 0.5
5 % 0
1 / 0
0 / 0
0.0 / 0
1 / 3
6 / 3
-7 / 2
1e1000
-1e1000
1e-400
[1e15*1e15, 3.0, -0, -(0), -(0.0), 1.5e300*1e10, 100000000000000000000, 9223372036854775807+1, 1e17, 5e-7]
9007199254740993
9007199254740993 + 0
9007199254740993 * 2
9007199254740993 - 1
9007199254740992 + 1
4611686018427387904 * 2
4611686018427387904 * 4
-9223372036854775808 - 1
123456789012345678901234567890 % 7
123456789012345678901234567890 / 10
123456789012345678901234567890 / 7
123456789012345678901234567890 * 1.0
-123456789012345678901234567890
123456789012345678901234567890 | length, -., floor, tostring, . == 123456789012345678901234567891
100000000000000000000 == 1e20
9007199254740993 == 9007199254740992
[9007199254740993, 9007199254740992] | unique
1e20 | floor | . + 1
1.1 + 2.2
0.1 + 0.2
1e-5
1e-7
0.00001234
123456789.123
1.0
1.50
.5
1.
1e3
1E+3
00012
"x" * 0
"x" * 3
3 * "x"
"x" * 0.5
"x" * 1.9
"x" * -1
"x" * nan
"" * 5
"abc" / "b"
"abc" / ""
"" / "a"
"a,b,c" / ","
[1,2,1] - [1]
{} * {"a":{"b":1}}
{"a":{"b":1}} * {"a":{"c":2}}
{"a":1} + {"a":2,"b":3}
{} - {}
[] * 2
"a" - "b"
{} + []
null + 1
1 + null
[] + null
true + true
-"a"
+"a"
-[1]
"a" < "b", "b" < "a", "é" < "z", "😀" > "\uffff"
[] < {}
null < false, false < true, true < 0, 0 < "", "" < [], [] < {}
{"a":1} < {"b":0}
{"a":1,"b":2} == {"b":2,"a":1}
{"b":1} < {"a":1,"c":1}
[1,2] < [1,3], [1] < [1,0]
1 == 1.0
"1" == 1
true and (false, true)
(true, false) and (true, false)
(true, false) or (true, false)
null and error("x")
true or error("x")
(1, null) | not
if (true, false) then 1 else 2 end
if empty then 1 else 2 end
if null then 1 elif true then 2 else 3 end
if false then 1 elif false then 2 end
"a" | test("A"; "i")
"abc" | test("B"; "ix")
"foo bar foo" | [match("foo"; "g").offset]
"foo bar" | match("(?<first>\\w+) (?<second>\\w+)")
"foo bar" | capture("(?<first>\\w+) (?<second>\\w+)")
"xyz" | match("(a)?(?<b>y)")
"xyz" | capture("(?<a>a)?(?<b>y)")
"test" | [scan("t")]
"abAB" | [scan("(a)(b)"; "i")]
"aXbX" | [gsub("X"; "1", "2")]
"abc" | sub("(?<x>b)"; "[\(.x)]")
"abc" | gsub("(?<x>[ac])"; .x + "!")
"abc" | gsub(""; "-")
"abc" | gsub("x*"; "-")
"aébc" | gsub("[^a]"; "é")
"abc" | sub("b"; 1)
"abc" | sub("b"; empty)
"abc" | [sub("(?<l>.)"; "1", "2")]
"Abc" | gsub("[a-z]"; "x"; "i")
"a.b.c" | split(".")
"a1b22c" | split("[0-9]+"; null)
"a1b22c" | [splits("[0-9]+")]
"aAbB" | [splits("a"; "i")]
"" | split(",")
"" | split(","; null)
"abc" | split(""; null)
"abc" | split("")
"é😀x" | [match("."; "g") | [.offset, .length, .string]]
"line1\nline2" | [match("^l"; "g")] | length
"line1\nline2" | test("1.l"), test("1.l"; "m")
"a" | test("(")
"a" | test("[")
"a" | test("*")
"a" | test("a{2,1}")
"a" | test("(?<n>a")
"a" | test("\\")
"a" | test("(?=a)")
"a" | test("\\p{L}"), test("\\d"), test("[[:alpha:]]")
"abc" | test("a"; "g"), test("a"; ""), test("a"; null)
"abc" | match("z")
"abc" | match("b"; "gg")
"test TEST" | gsub("(?i)t"; "*")
"aaa" | [match("a*?"; "g")] | length
1 | test("a")
"a" | match(1)
"a,b" | split(1)
"a,b" | split(","; 1)
"abcb" | index("b"), rindex("b"), indices("b"), index(""), indices("")
"aaa" | indices("aa")
"é😀é" | indices("é")
[1,2,1,2] | indices([1,2]), indices(1), index(1), rindex(1), indices([])
null | indices(1)
"a" | indices(1)
1 | indices(1)
"abc" | contains("b"), contains(""), inside("xabcx")
["foobar","baz"] | contains(["bar"]), contains(["bazz"])
{"a":[1,{"b":"xyz"}]} | contains({"a":[{"b":"y"}]})
1 | contains("a")
true | contains(true), contains(false)
"abc" | startswith(1)
"abc" | ltrimstr("a"), ltrimstr("x"), rtrimstr("c"), rtrimstr(""), ltrimstr("abc")
"aBcÉ" | ascii_downcase, ascii_upcase
[65, 233, 128512] | implode
[-1] | implode
[55296] | implode
["a"] | implode
[1114112] | implode
[1,null,"a",true] | join("-"), join("")
[[1]] | join(",")
[1,2] | join(1)
[1] | join(1)
[] | join(1)
{"a":1,"b":"x"} | join(",")
[1,"a b",null,true,"it's",2.5] | @csv, @tsv, @sh
["a\tb","c\\d","e\nf\rg"] | @tsv, @csv
["a\"b"] | @csv
[[1]] | @csv
[{}] | @tsv
{} | @sh
"<&'\">" | @html
"a b/c?d=é~-_.!*'()" | @uri
"YWJj" | @base64d
"YWI=" | @base64d
"YQ" | @base64d
"!!" | @base64d
"YWJ" | @base64d
"YWJjZ" | @base64d
"4pyT4p+T" | @base64d
"gICA/w==" | @base64d
1 | @base64
@json "x\(1,"a",[1])"
@foo "x"
@foo "x\(1)"
@foo
"a" | format("text"), format("json"), format("base64")
"a" | format("x")
"a" | format(1)
"1.5" | tonumber
"0x10" | tonumber
" 1" | tonumber
"+1" | tonumber
"1e1000" | tonumber
"-0" | tonumber
".5" | tonumber
"5." | tonumber
"1_000" | tonumber
"" | tonumber
"é\n\"" | tonumber
"nan" | tonumber
[1] | tonumber
"12345678901234567890" | tonumber
"[1,2" | fromjson
"{" | fromjson
"{\"a\":1" | fromjson
"{\"a\" 1}" | fromjson
"{a:1}" | fromjson
"[1,]" | fromjson
"[1 2]" | fromjson
"{\"a\":1,}" | fromjson
"" | fromjson
" " | fromjson
"nan" | fromjson
"nul" | fromjson
"nulx" | fromjson
"truefalse" | fromjson
"1 2" | fromjson
"01" | fromjson
"-" | fromjson
"1." | fromjson
"1.e" | fromjson
"1e" | fromjson
"1e+" | fromjson
"\"abc" | fromjson
"\"a\\x\"" | fromjson
"\"\\u12\"" | fromjson
"\"\\ud83d\\ude00 \\ud83d\"" | fromjson
"\"a\nb\"" | fromjson
"'a'" | fromjson
"{\"a\":1,\"a\":2}" | fromjson
"{\"__proto__\":{\"x\":1}}" | fromjson
"1e400" | fromjson
"100000000000000000001" | fromjson
"1.0" | fromjson
"[1,[2,{\"a\":null}]] " | fromjson
"é" | fromjson
1 | fromjson
[1,{"a":"x\u0000\u001f\u007f\u2028é😀"}] | tojson
"\u00e9\ud83d\ude00\n\t\"\\\/" | ., tojson
1.0 | tojson
1e100 | tojson
[.1,1e-10,1e21,1e20,123456789012] | tojson
1425599621 | todate, gmtime, strftime("%A, %B %d, %Y")
1425599621.678 | gmtime, todate
-1.5 | gmtime
0 | todate
-62135596800 | todate
253402300800 | todate
[2024,1,29,25,61,61.5,0,0] | mktime, todate
[2024,1,29] | mktime
["a",1,29,0,0,0,0,0] | mktime
"2015-03-05T23:51:47Z" | fromdate, strptime("%Y-%m-%dT%H:%M:%SZ")
"2015-03-05T23:51:47+09:00" | fromdate
"2015-03-05" | fromdate
"10:20" | strptime("%H:%M")
"x" | strptime("%Y")
1 | strptime("%Y")
"2015" | strptime(1)
1 | strftime(1)
"a" | strftime("%Y")
"a" | mktime
"a" | gmtime
1425599621 | localtime, strflocaltime("%H:%M")
[1,2] | significand
[8, 10, 0.1, 0, -5] | map(significand)
[8, 10, 0.1, 0, -5] | map(frexp)
[3.7, -3.7, 0, 1e300] | map(modf)
[0, 1, 8, 0.1, 1e-310] | map(logb)
[1.5, 2.5, -1.5, -2.5, 0.49999999999999994] | map(round), map(rint), map(nearbyint), map(trunc), map(floor), map(ceil)
pow(2; 10), pow(2; 0.5), pow(-8; 1/3), pow(0; 0), pow(10; -2)
atan2(1; 2), hypot(3; 4), fmin(1; 2), fmax(1; 2), fmod(7; 3), fmod(-7; 3), fdim(5; 3), copysign(1; -2)
ldexp(1; 10), scalb(1; 3), scalbln(1; 3), nextafter(1; 2), nexttoward(1; 0), drem(10; 3), drem(5; 3), remainder(7; 2)
fma(2; 3; 4)
fma(0.1; 10; -1)
pow("a"; 1)
pow(1; "a")
[4, 2, 0.25, 10] | map(sqrt), map(cbrt), map(log), map(log2), map(log10), map(exp), map(exp2), map(exp10)
[0.5, 1, -1, 0] | map(sin), map(cos), map(tan), map(asin), map(acos), map(atan)
[0.5, 1, 2] | map(sinh), map(cosh), map(tanh), map(asinh), map(expm1), map(log1p)
[1, 2, 10] | map(acosh)
[0.5, -0.5] | map(atanh)
[5, 0.5, 10] | map(gamma), map(tgamma), map(lgamma)
"a" | sin
[1,2,3] | first, last, nth(1)
[] | first, last
nth(-1; 1,2)
nth(0; empty)
[nth(0,2; 1,2,3)]
first(empty)
[first(range(.))]
isempty(empty), isempty(1), isempty(error("x"))
isempty(1, error("x"))
[.[]?] | any, all
[true, false] | any, all
any(1, 2; . == 2), all(1, 2; . > 0)
[1,2] | any(. > 1), all(. > 1)
[1,[2]] | walk(if type == "number" then . + 1 else . end)
{"a":[1,{"b":2}]} | walk(if type == "object" then del(.b) else . end)
[1,2,3] | IN(2), IN(.[]; 2, 3)
2 | IN(1,2)
[{"id":1,"n":"a"},{"id":2,"n":"b"}] | INDEX(.id)
INDEX({"id":1},{"id":2}; .id)
[[1,"a"],[2,"b"]] | JOIN({"1":"x"}; .[0] | tostring)
[.[]? | 1] | length
[splits("a")]
[1,2,3] | getpath([5]), getpath([-1])
1 | getpath(["a"])
{"a":1} | getpath(["a","b"])
[1] | has(0), has(1), has(-1)
{"a":1} | has("a"), has("b")
{"a":1} | has(0)
[1] | has("a")
1 | has(0)
{"b":1,"a":2} | keys, to_entries, [.[]], tostring
{"😀":1,"\uffff":2,"a":3} | keys
foo
foo(1)
$x
.a.b.c.d.e
..a
.."a"
.[]."a"
.a."b"."c"
."a"[0]?
."a\("b")"
.a."x\(1)"
."a"?
.["a"]["b"]
.["a"].["b"]
.a.[0]
.a.["b"]
.a[].b
.a[]?
.a?
.a??
1?
(1,error("x"))?
1 | 2?
try error("x")?
[try error("x")? // 2]
try error("x") catch . + "y"
try error("x") // 1
1 as $x | 2 , $x
1 as $x | $x as $y | $y?
[1 as $x | $x, 2 as $x | $x]
1 + 2 as $x | $x
[1, 2 as $x | $x, 3]
-1 as $x | $x
- 1
1 - 1
1 -1
1-1
[1,-1]
2 * -3
2 - -3
-(1,2)
-.a?
--1
1 == 1 == 1
1 < 2 < 3
.a = .b = 1
.a = 1 | .b = 2
.a = 1, .b = 2
.a |= 1 + 2
.a += 1 + 2
1 + 2 * 3 - 4 / 2 % 3
1 // 2 + 3
1 or false and false
not
1 | not
# comment
1 # comment
1 + # c
(1
1)
[1
{a
{a:
{a:1
.[
.[1
.[1:
.[:
.a.
.a.1
.1
1..2
1.2.3
1a
1e
1e+
.e0
"abc
"\x"
"\u12"
"\(1"
"\(1)
"a\("b\("c")")d"
"\u00e9\n\/"
"tab	in"
@
@base64 1
$
$ x
%
|
1 |
1,
, 1
if
if 1
if 1 then
if 1 then 2
if 1 then 2 else
if 1 then 2 else 3
if 1 then 2 elif
1 end
try
catch 1
reduce
reduce .
reduce . as
reduce . as $x
reduce . as $x (
reduce . as $x (0)
reduce . as $x (0; 1; 2)
foreach . as $x (0; 1; 2; 3)
def
def f
def f:
def f: 1
def f: 1;
def f(: 1; f
def f(x: 1; f
def f($x; 1): 1; f
def f(): 1; f
f(
f(1
f(1;
f()
. as
. as $x
. as [] | 1
. as {} | 1
. as [$x | 1
. as {a} | 1
. as {a:1} | 1
. as $x ?// | 1
label
label x | 1
label $x
break
^
~
1 & 2
1 ^ 2
1 ! 2
1 != 2
a::b
$a::b
.a::b
{a::b}
{1:2}
{"a" "b"}
{a b}
[1 2]
[,]
[1,]
{,}
..
...
....
.. .
..[0]?
..|.a?
[..]
. .
.|.
.||.
.a .b
.a"b"
"a".b
"abc".[0:1]
"abc"[0:1]
[1,2][0]
{a:1}.a
{a:1}|.a
(1,2)[0]?
null.a
true.a
1.a
$ENV.a
nan|isnan
[1,2,3]|.[1:]|.[0]
infinite|floor
[limit(3;1,2,3,4)]|length
[.]|tojson|fromjson
splits
ltrimstr
getpath
error(1;2)
limit(1)
`
  .split('\n')
  .filter((text) => text !== '');

/** Formats for `strftime` and the instants that they run over. */
export const FORMATS: readonly string[] = (
  '%Y %y %C %g %G %m %B %b %h %A %a %w %u %V %U %W %e %d %j %k %H %l %I %p %P %M %S %s %f %Z %z %:z %::z %:::z %t %n %% %c %+ %F %D %x %v %T %X %r %R ' +
  '%-d %_d %0e %-m %_m %-H %_H %-I %-M %-S %-j %_j %-y %^a %^B %#p %#Z %#a %5Y %-5Y %_5Y %05d %10B %-10B %010B %^10a %3S %_3S %q %E %O %Q %5% %: %::a %- % %5 ' +
  '%-l %_l %3w %_3u %2f %9f %-f %10s %010s %_z %-z %8z %_8z %010:z %3p %5T %^c %^v %Ey %Od'
).split(' ');
/** Instants in seconds. */
export const INSTANTS: readonly string[] = [
  '1425599621',
  '0',
  '951782400',
  '1735689599',
  '1704067200.5',
  '-86401',
  '1609459200',
];

/** Texts with formats for `strptime`. */
export const TIME_TEXTS: readonly (readonly [string, string])[] = [
  ['2015-03-05T23:51:47Z', '%Y-%m-%dT%H:%M:%SZ'],
  ['2015-03-05T23:51:47Z', '%Y-%m-%dT%H:%M:%S%z'],
  ['2015-03-05T23:51:47+0900', '%Y-%m-%dT%H:%M:%S%z'],
  ['2015-03-05T23:51:47-05:30', '%Y-%m-%dT%H:%M:%S%z'],
  ['2015-03-05 +09', '%Y-%m-%d %z'],
  ['2015-03-05 +09:0', '%F %z'],
  ['2015-03-05 +09:00', '%F %:z'],
  ['2015-03-05 +0900', '%F %:z'],
  ['2015-03-05 +09:00:30', '%F %::z'],
  ['2015-03-05 +09:00', '%F %::z'],
  ['2015-03-05 x', '%F %z'],
  ['2015-03-05 UTC', '%F %Z'],
  ['2015-03-05 JST', '%F %Z'],
  ['2015-03-05 AB', '%F %Z'],
  ['2015-03-05 CEST', '%F %Z'],
  ['10:20', '%H:%M'],
  ['Thu Mar  5 23:51:47 2015', '%c'],
  ['Thu Mar 5 23:51:47 2015', '%a %b %d %T %Y'],
  ['thursday MARCH 5 2015', '%A %B %d %Y'],
  ['05/03/15', '%d/%m/%y'],
  ['05/03/70', '%d/%m/%y'],
  ['11:51:47 PM', '%I:%M:%S %p'],
  ['11:51:47 PM', '%r'],
  ['12:00:00 AM', '%r'],
  ['1425599621', '%s'],
  ['064 2015', '%j %Y'],
  ['20 15', '%C %y'],
  ['1.5', '%S.%f'],
  ['1.123456', '%S.%f'],
  ['a', 'b'],
  ['ab', 'a'],
  ['a', 'ab'],
  ['', '%Y'],
  ['2015', '%Y%'],
  ['2015', '%Q'],
  ['2015', '%Y%%'],
  ['2015%', '%Y%%'],
  ['2015 \t x', '%Y%tx'],
  ['2015x', '%Y%tx'],
  ['7 15', '%w %y'],
  ['7 15', '%u %y'],
  ['2015-13-45', '%Y-%m-%d'],
  ['2015-W10', '%G-W%V'],
  ['15', '%g'],
  [' 5', '%e'],
  [' 5', '%k'],
  [' 5', '%l'],
  ['0001-01-01', '%F'],
  ['99999', '%Y'],
  ['2015-03-05', '%Y-%m-%d %H'],
  ['é', 'e'],
  ["a'b", "a'c"],
  ['2015', '%:'],
  ['2015', '%:a'],
  ['2015', '%::'],
  ['2015', '%::a'],
  ['23:51', '%R'],
  ['5-Mar-2015', '%v'],
  [' 5-Mar-2015', '%v'],
  ['03/05/15', '%D'],
];

/** Functions of one number, and the numbers that they run over. */
export const MATH: readonly string[] = (
  'sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh floor round nearbyint rint ceil trunc significand fabs sqrt cbrt exp exp10 exp2 expm1 ' +
  'frexp modf log log10 log1p log2 logb gamma tgamma lgamma erf erfc j0 j1 y0 y1 pow10'
).split(' ');
/** Functions of two numbers. */
export const MATH_PAIRS: readonly string[] =
  'atan2 copysign drem fdim fmax fmin fmod hypot jn ldexp nextafter nexttoward remainder scalb scalbln yn pow'.split(
    ' ',
  );
/** Numbers for the functions. */
export const NUMBERS: readonly string[] = [
  '0',
  '-(0.0)',
  '1',
  '-1',
  '2',
  '3',
  '0.5',
  '-0.5',
  '1.5',
  '10',
  '-2.5',
  '7.25',
  '100',
  '0.1',
  '1e-5',
  '1e-300',
  '1e300',
  '20.5',
  '-20.5',
  '171',
  'infinite',
  '-infinite',
  'nan',
  '123456.789',
  '3.141592653589793',
  '0.7',
  '2.718281828459045',
  '33.3',
  '0.9999999',
  '5e-324',
];
