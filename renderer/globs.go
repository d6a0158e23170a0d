package main

import (
	"path"
	"regexp"
	"strings"
)

// glob is a pattern for paths: * and ? stay within a name, ** crosses folders, {a,b} is a choice, [a-z] a class. A
// pattern without a slash is held against the last name of the path, as in a .gitignore.
type glob struct {
	expression *regexp.Regexp
	nameOnly   bool
}

func compileGlobs(patterns []string) ([]glob, error) {
	globs := make([]glob, len(patterns))
	for i, pattern := range patterns {
		expression, err := regexp.Compile(globExpression(strings.TrimPrefix(pattern, "/")))
		if err != nil {
			return nil, problemf(codeInvalidOptions, "the glob %q is not valid", pattern)
		}
		globs[i] = glob{expression: expression, nameOnly: !strings.Contains(pattern, "/")}
	}
	return globs, nil
}

func matchesAny(globs []glob, name string) bool {
	for _, glob := range globs {
		if glob.expression.MatchString(name) || (glob.nameOnly && glob.expression.MatchString(path.Base(name))) {
			return true
		}
	}
	return false
}

// globExpression writes a glob as a regular expression. An open bracket or brace makes an expression that does not
// compile, and is so refused.
func globExpression(pattern string) string {
	var expression strings.Builder
	expression.WriteString("^")
	braces := 0
	for i := 0; i < len(pattern); i++ {
		switch character := pattern[i]; character {
		case '*':
			switch {
			case strings.HasPrefix(pattern[i:], "**/"):
				expression.WriteString("(?:.*/)?")
				i += 2
			case strings.HasPrefix(pattern[i:], "**"):
				expression.WriteString(".*")
				i++
			default:
				expression.WriteString("[^/]*")
			}
		case '?':
			expression.WriteString("[^/]")
		case '{':
			braces++
			expression.WriteString("(?:")
		case '}':
			braces--
			expression.WriteString(")")
		case ',':
			if braces > 0 {
				expression.WriteString("|")
			} else {
				expression.WriteString(",")
			}
		case '[':
			end := strings.IndexByte(pattern[i+1:], ']')
			if end < 0 {
				expression.WriteString("[")
				continue
			}
			class := strings.ReplaceAll(pattern[i+1:i+1+end], `\`, `\\`)
			if negated, found := strings.CutPrefix(class, "!"); found {
				class = "^" + negated
			}
			expression.WriteString("[" + class + "]")
			i += end + 1
		default:
			expression.WriteString(regexp.QuoteMeta(string(character)))
		}
	}
	expression.WriteString("$")
	return expression.String()
}
