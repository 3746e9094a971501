package main

import (
	"fmt"
	"math/rand"
	"strings"
)

var operands = []string{"0", "1", "2", "7", "2.0", "1.5", `""`, `"a"`, `"abc"`, "true", "false", "nil", "[]", "[1, 2]", `["a", "b"]`, "{a: 1}", "i", "f", "s", "b", "nul", "l", "w", "m", "o", "o.a", "o.b", "m[0]", "m[1]", "m[2]", "(-3)"}

var operators = []string{"+", "-", "*", "/", "%", "**", "==", "!=", "<", "<=", ">", ">=", "and", "or", "in", "not in", "matches", "contains", "startsWith", "endsWith", "..", "&&", "||"}

var containers = []string{"l", "w", "m", "o", "us", "el", "eo", "s", "e", "[1, 2, 3]", `["x"]`, "[[1], [2, 3]]", `{a: 1, "b": 2}`, "1..4", "3..1", "i", "nul", "nil", `"text"`, "o.c", "o.d", "us[0]"}

var indexes = []string{"0", "1", "-1", "2", "9", `"a"`, `"b"`, `"name"`, "i", "o.a", "1.0", "true", "nil", "s", "[0]"}

var predicates = []string{"# > 1", "# == 2", `# == "a"`, "true", "false", "#", ".ok", ".age > 26", `.name startsWith "a"`, "len(.tags) > 0", "not .ok", "# in l", "# * 2 > 3", `# matches "^[ab]"`, "# != nil", ".missing == nil", "any(.tags, {# == \"x\"})", "1", "nil", "# % 2 == 0"}

var mappers = []string{"#", "# * 2", "# + 1", `# + "!"`, ".name", ".age", ".tags", "len(#)", "[#, 1]", "{v: #}", "# > 1 ? \"y\" : \"n\"", "filter(.tags, {# == \"x\"})", "1", "not #", ".missing", "i + #", "map(.tags, {# + \"z\"})"}

var wholes = []string{
	// numbers
	"0", "007", "1_000", "1.", ".5", "1.50", "1e3", "1E3", "1e+3", "1e-3", "1.5e2", "0x1F", "0X1f", "9223372036854775807", "9223372036854775808", "1.0", "1.0 + 1", "0.1 + 0.2", "1 / 3", "1e400", "1e", "1x", "0x", "1..2", "1...2", "1.5.2",
	"9223372036854775807 + 1", "-9223372036854775807 - 2", "4611686018427387904 * 2", "9223372036854775807 * 1.0", "i ** 40", "2 ** 63", "2 ** -1", "0 ** 0", "-2 ** 2", "(-2) ** 2", "2 ** 3 ** 2", "-i ** 2", "1 / 0", "-1 / 0", "0 / 0", "1 % 0", "i % z", "-7 % 3", "7 % -3", "n % 4", "5 / 2", "6 / 2", "1.5 % 1", "f % 2",
	// texts
	`"a\nb"`, `'a\tb'`, `"\""`, `'\''`, `"\\"`, `"\x41"`, `"\u00e9"`, `"\U0001F600"`, `"\101"`, `"\q"`, `"a`, `'a"`, `"é"`, `len("é")`, `"é"[0]`, `"日本"[1:]`, `"a" "b"`, `'it''s'`,
	// names and comments
	"a1", "_x", "$", "$env", "i2", "unknown", "unknown.x", "i.x", "s.x", "o.x", "o.x.y", "o.d.e", "o.d.x", "o.n.x", `o["a"]`, `o["d"]["e"]`, "o.d['e']", "us[0].name", "us[9].name", "us[-1].name", "l.x", "nul.x", "nil.x", "1 // c", "1 /* c */ + 2", "/* c", "// c", "", " ", "  1  ", "true.x", "i()", "unknown()", "o.a()", "nope.a()",
	"o?.a", "nul?.x", "o.n?.x", "nul?.x.y", "o?.d?.e",
	// grammar
	"(", ")", "()", "(1", "1)", "((1))", "1 +", "+ 1", "+i", "++1", "--1", "- -1", "+-1", "!b", "!!b", "not b", "not not b", "not (b)", "!i", "not s", "-s", "-b", "-nul", "not nul", "!nil", "- i", "-f", "-(1 + 2)", "1 2", "1 , 2", "[1, 2", "[1 2]", "[1,]", "[,]", "[]", "[[]]", "[1, 'a', nil, true]", "{", "{}", "{a}", "{a: 1", "{a: 1,}", "{'a b': 1}", "{1: 2}", "{a: 1, a: 2}", "{(s): 1}", "{true: 1}", "{a: {b: {c: 1}}}.a.b.c", "{a: [1, 2]}.a[1]", "{a: 1}['a']", "[1, 2][0]", "[1, 2][5]", "[1, 2][-1]", "[1, 2].x",
	"b ? 1 : 2", "c ? 1 : 2", "b ? 1", "b ? : 2", "i ? 1 : 2", "nul ? 1 : 2", "b ? c ? 1 : 2 : 3", "c ? 1 : b ? 2 : 3", "b ? 1 : 'x'", "(b ? 1 : 'x') + 1", "(b ? 1 : 2.5) + 1", "b ? nil : 1", "i > 2 ? s : t", "b and c ? 1 : 2", "1 + (b ? 1 : 2) * 3",
	"1 < 2 < 3", "1 == 1 == true", "true == (1 == 1)", "1 < 2 and 2 < 3", "b or c and c", "(b or c) and c", "not b or b", "not (b or b)", "not b and c", "not i > 2", "!(i > 2)", "not i in l", "not (i in l)", "i not in l", "not 1 == 2", "b || i", "c && i", "b || unknown", "b and nul", "c and nul", "b or nul", "nul and b", "m[4] and b", "m[4] or b", "m[0] and b",
	"1..3 == [1, 2, 3]", "1 + 1..4", "1..2 + 1", "2 in 1..3", "2.0 in 1..3", "5 in 1..3", "i in 1..3", "f in 1..3", "'a' in 'abc'", "'a' in o", "'z' in o", "1 in o", "nul in l", "nil in m", "nul in o", "1 in nil", "1 in nul", "'a' in w", "true in m", "[1] in m", "'x' in {x: 1}", "1 in {x: 1}", "1 in [1.0]", "1.0 in [1]", "1.0 in l", "s in w", "t in ['b']", "i in [1, 2]", "i in [3, 'x']", "nil in [nil]", "1 in []", "'a' in {}",
	"nil == nil", "nul == nil", "nil == nul", "nul == nul", "i == nil", "s == nil", "l == nil", "o == nil", "o.x == nil", "o.n == nil", "nil < 1", "nil + 1", "nul + 1", "nul == 1", "nul != 1", "o.n == 1", "[] == []", "[] == el", "{} == {}", "eo == {}", "[1] == [1.0]", "[1] == [1]", "l == [1, 2, 3]", "w == ['a', 'b', 'abc']", "o.c == [1, 2]", "{a: 1} == {a: 1}", "{a: 1} == {a: 1.0}", "o.d == {e: 5}", "m == m", "o == o", "1 == '1'", "1 == true", "i == s", "i == 'x'", "s == 1", "m[0] == m[0]", "m[0] == 1.0", "m[2] == 1", "m[1] > m[0]", "m[2] > m[0]", "o.a + o.b", "o.b + o.b", "o.a - o.b", "m[2] + 'y'", "-m[0]", "-m[2]", "not m[4]", "not m[0]",
	"len(l)", "len(s)", "len(o)", "len(i)", "len(nul)", "len(nil)", "len()", "len(l, l)", "len", "len(1..5)", "len('日本')", "len({a: 1})", "len(m[5])", "len(m[0])",
	"all(l)", "all()", "filter(l, #)", "filter(l, {})", "map(l, {#}", "map({#}, l)", "#", ".name", "map(l, {# + unknown})", "map(l, {.x})", "map(us, {.nope})", "map(us, {.name.x})", "filter(us, {.age})", "count(us, {.ok})", "one(us, {.name == 'bob'})", "map(filter(us, {.ok}), {.name})", "filter(map(us, {.age}), {# > 26})", "len(filter(l, {# > 1}))", "filter(l, {# > 1})[0]", "map(l, {# * 2})[1:]", "map(us, {len(.tags)})", "all(us, {len(.name) > 1})", "map(1..3, {map(1..#, {#})})", "map(l, {[#, #]})", "map(l, {{k: #}})", "none([], {true})", "all([], {false})", "any([], {true})", "one([], {true})", "count([], {true})",
	"s matches '^a'", "s matches 'b$'", "s matches '['", "s matches t", "s matches o.b", "s matches 1", "i matches 'x'", "nul matches 'x'", "'a\\nb' matches 'a.b'", "'é' matches '^.$'", "s not matches 'x'", "s not contains 'x'", "s not startsWith 'x'", "s contains 'bc'", "s contains ''", "s startsWith 'ab' and s endsWith 'bc'", "'' matches ''", "s contains nul", "s contains o.b", "o.b contains 'x'", "m[0] contains 'x'",
	"l[0:2]", "l[:2]", "l[1:]", "l[:]", "l[2:1]", "l[1:9]", "l[9:]", "l[-1:]", "l[:-1]", "l[-2:-1]", "s[0:2]", "s[1:]", "s[:9]", "s[-1:]", "o[0:1]", "i[0:1]", "nul[0:1]", "l['a':]", "l[1.0:]", "m[5][0:1]", "m[0][0:1]", "s[i:]", "s[0]", "s[9]", "s[-1]", "s['a']", "l[nul]", "l['0']", "l[o.a]", "o[nul]", "o[1]", "o[s]", "o[o.b]", "(1..3)[1]", "'abc'[1]", "'abc'[1:2]",
}

// Every operator with every pair, every container with every index and predicate, and what shows one rule each.
func systematic(add func(string)) {
	for _, source := range wholes {
		add(source)
	}
	for _, operator := range operators {
		for _, left := range operands {
			for _, right := range operands {
				add(left + " " + operator + " " + right)
			}
		}
	}
	for _, container := range containers {
		for _, index := range indexes {
			add("(" + container + ")[" + index + "]")
			add("(" + container + ")[" + index + ":]")
			add("(" + container + ")[:" + index + "]")
			add(index + " in (" + container + ")")
		}
		for _, builtin := range []string{"all", "none", "any", "one", "filter", "count"} {
			for _, predicate := range predicates {
				add(fmt.Sprintf("%s(%s, {%s})", builtin, container, predicate))
			}
		}
		for _, mapper := range mappers {
			add(fmt.Sprintf("map(%s, {%s})", container, mapper))
		}
		add("len(" + container + ")")
		for _, unary := range []string{"-", "+", "not ", "!"} {
			add(unary + "(" + container + ")")
		}
	}
}

type maker struct {
	r *rand.Rand
}

func (m maker) pick(options ...string) string {
	return options[m.r.Intn(len(options))]
}

// An expression of a kind; sometimes of another one, so that types clash.
func (m maker) make(kind string, depth int) string {
	if m.r.Intn(25) == 0 {
		kind = m.pick("number", "text", "truth", "list", "any")
	}
	if depth <= 0 {
		return m.leaf(kind)
	}
	text := m.grown(kind, depth-1)
	if m.r.Intn(3) == 0 {
		return "(" + text + ")"
	}
	return text
}

func (m maker) leaf(kind string) string {
	switch kind {
	case "number":
		return m.pick("0", "1", "2", "3", "10", "1.5", "2.0", "i", "n", "z", "f", "g", "o.a", "l[1]", "us[0].age", "len(w)")
	case "text":
		return m.pick(`"a"`, `"bc"`, `""`, "s", "t", "e", "o.b", "w[0]", "us[1].name")
	case "truth":
		return m.pick("true", "false", "b", "c", "us[0].ok", "m[4]")
	case "list":
		return m.pick("l", "w", "m", "el", "[1, 2]", `["a"]`, "[]", "1..3", "o.c", "us[0].tags")
	}
	return m.pick("nil", "nul", "o.n", "o.missing", "m[3]", "o", "eo", "{a: 1}", "m[6]")
}

func (m maker) grown(kind string, depth int) string {
	number := func() string { return m.make("number", depth) }
	text := func() string { return m.make("text", depth) }
	truth := func() string { return m.make("truth", depth) }
	list := func() string { return m.make("list", depth) }
	if m.r.Intn(8) == 0 {
		return truth() + " ? " + m.make(kind, depth) + " : " + m.make(kind, depth)
	}
	switch kind {
	case "number":
		switch m.r.Intn(7) {
		case 0:
			return "-(" + number() + ")"
		case 1:
			return "len(" + m.make(m.pick("text", "list"), depth) + ")"
		case 2:
			return "count(" + list() + ", {" + m.pick("# == ", "# != ") + number() + "})"
		default:
			if m.r.Intn(8) == 0 { // by a float: between ints the two versions differ, and systematic asks for that
				return number() + " / " + m.pick("2.0", "0.5", "f", "1.5")
			}
			return number() + " " + m.pick("+", "-", "*", "%", "**", "+", "*") + " " + number()
		}
	case "text":
		switch m.r.Intn(4) {
		case 0:
			return "(" + text() + ")[" + m.pick("0", "1", "i", "") + ":" + m.pick("1", "2", "") + "]"
		default:
			return text() + " + " + text()
		}
	case "truth":
		switch m.r.Intn(8) {
		case 0:
			return m.pick("not ", "!") + truth()
		case 1, 2:
			return truth() + " " + m.pick("and", "or", "&&", "||", "==", "!=") + " " + truth()
		case 3, 4:
			return number() + " " + m.pick("<", "<=", ">", ">=", "==", "!=") + " " + number()
		case 5:
			return text() + " " + m.pick("==", "<", "contains", "startsWith", "endsWith", "!=", ">=", "matches") + " " + text()
		case 6:
			return m.make(m.pick("number", "text"), depth) + " " + m.pick("in", "not in") + " " + list()
		default:
			return m.pick("all", "any", "none", "one") + "(" + list() + ", {" + m.pick("# == 1", "# != \"a\"", "# in "+m.leaf("list"), "true") + "})"
		}
	case "list":
		switch m.r.Intn(5) {
		case 0:
			return "filter(" + list() + ", {" + m.pick("# == 1", "# != \"a\"", "# in "+m.leaf("list"), "# == "+m.leaf("number")) + "})"
		case 1:
			return "map(" + list() + ", {" + m.pick("#", "[#]", "# == "+m.leaf("text"), "{k: #}") + "})"
		case 2:
			return "(" + list() + ")[" + m.pick("0", "1", "") + ":" + m.pick("1", "2", "") + "]"
		case 3:
			return m.pick("0", "1", "i") + ".." + m.pick("3", "i", "4", "len(l)")
		default:
			return "[" + number() + ", " + m.make("any", depth) + "]"
		}
	}
	return m.pick("{a: "+number()+", b: "+text()+"}", "["+text()+"]", m.leaf("any"))
}

// Chains of operators without brackets: what binds stronger shows in the value.
func (m maker) chain() string {
	parts := []string{}
	count := 2 + m.r.Intn(4)
	for i := 0; i < count; i++ {
		parts = append(parts, m.pick("1", "2", "3", "i", "f", "(-2)", "10", "o.a"))
		if i+1 < count {
			parts = append(parts, m.pick("+", "-", "*", "/ 2.0 *", "%", "**", "+", "*", "<", "=="))
		}
	}
	return strings.Join(parts, " ")
}

func (m maker) logic() string {
	parts := []string{}
	count := 2 + m.r.Intn(4)
	for i := 0; i < count; i++ {
		parts = append(parts, m.pick("", "", "", "not ", "!")+m.pick("b", "c", "true", "false", "i > 2", "i in l", "s == t", "s contains t", "1 not in l", "(b)"))
		if i+1 < count {
			parts = append(parts, m.pick("and", "or", "&&", "||", "==", "!="))
		}
	}
	return strings.Join(parts, " ")
}

// Expressions of a grammar, most of them well typed.
func random(r *rand.Rand, add func(string)) {
	m := maker{r}
	for i := 0; i < 2500; i++ {
		add(m.make(m.pick("number", "text", "truth", "list"), 1+r.Intn(3)))
	}
	for i := 0; i < 600; i++ {
		add(m.chain())
		add(m.logic())
	}
}
