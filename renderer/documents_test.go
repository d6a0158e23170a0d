package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestSplitDocuments(t *testing.T) {
	cases := map[string][]string{
		"a: 1\n":                      {"1:a: 1\n"},
		"---\na: 1\n---\nb: 2\n":      {"1:", "1:   \na: 1\n", "3:   \nb: 2\n"},
		"--- {a: 1}\n---   # x\nb: 2": {"1:", "1:    {a: 1}\n", "2:      # x\nb: 2"},
		"a: |\n  ---\n---x: 1\n":      {"1:a: |\n  ---\n---x: 1\n"},
		"\xef\xbb\xbfa: 1":            {"1:a: 1"},
		"---\r\na: 1\r\n---":          {"1:", "1:   \r\na: 1\r\n", "3:   "},
	}
	for content, want := range cases {
		var got []string
		for _, chunk := range splitDocuments([]byte(content)) {
			got = append(got, fmt.Sprintf("%d:%s", chunk.line, chunk.text))
		}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%q is cut into %q, want %q", content, got, want)
		}
	}
}

func TestLinesOfProblems(t *testing.T) {
	cases := []struct {
		content string
		line    int
	}{
		{"a: 1\nb: [1\nc: 2\n", 2},
		{"a: 1\nb: c: d\n", 2},
		{"a: 1\n---\nb: 2\nb: 3\n", 4},
		{"# one\n---\n# two\na: *none\n", 4},
		{"a:\n\t- b\n", 2},
		{"a: \"open\n", 1},
		{"a: {b: 1, b: 2}\n", 1},
		{"a: @b\n", 1},
	}
	for _, test := range cases {
		_, problems := parseDocuments("f.yaml", []byte(test.content))
		if len(problems) != 1 || problems[0].Where.Line != test.line {
			t.Errorf("%q: %+v, want one on line %d", test.content, problems, test.line)
		}
	}
}

func TestExpandedSizeIsBoundedAndCheap(t *testing.T) {
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 xxxxxxxxxx\n")
	for level := 1; level < 200; level++ {
		fmt.Fprintf(&bomb, "a%d: &a%d [*a%d, *a%d, *a%d]\n", level, level, level-1, level-1, level-1)
	}
	_, problems := parseDocuments("bomb.yaml", []byte(bomb.String()))
	if len(problems) != 1 || problems[0].Code != codeTooManyAliases {
		t.Errorf("the bomb gives %+v", problems)
	}
	_, problems = parseDocuments("self.yaml", []byte("a: &a [*a]\n"))
	if len(problems) == 0 {
		t.Error("an alias inside its own anchor is let through")
	}
	_, problems = parseDocuments("fair.yaml", []byte("base: &base {x: 1}\none: *base\ntwo: {<<: *base}\n"))
	if len(problems) > 0 {
		t.Errorf("fair use of aliases gives %+v", problems)
	}
}

func TestGlobs(t *testing.T) {
	cases := []struct {
		pattern, name string
		want          bool
	}{
		{"*.yaml", "a.yaml", true},
		{"*.yaml", "sub/a.yaml", true},
		{"/*.yaml", "sub/a.yaml", false},
		{"sub/*.yaml", "sub/a.yaml", true},
		{"sub/*.yaml", "sub/deep/a.yaml", false},
		{"sub/**", "sub/deep/a.yaml", true},
		{"**/a.yaml", "a.yaml", true},
		{"a?.yaml", "ab.yaml", true},
		{"[!a].yaml", "a.yaml", false},
		{"[!a].yaml", "b.yaml", true},
		{"{a,b*}.yaml", "bee.yaml", true},
		{"a.b+c", "a.b+c", true},
		{"a.b+c", "axbbc", false},
	}
	for _, test := range cases {
		globs, err := compileGlobs([]string{test.pattern})
		if err != nil {
			t.Fatal(err)
		}
		if got := matchesAny(globs, test.name); got != test.want {
			t.Errorf("%s matches %s: %v, want %v", test.pattern, test.name, got, test.want)
		}
	}
	for _, pattern := range []string{"[a", "{a", "a}"} {
		if _, err := compileGlobs([]string{pattern}); err == nil {
			t.Errorf("%s is taken for a glob", pattern)
		}
	}
}
