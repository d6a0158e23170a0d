package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	yaml3 "go.yaml.in/yaml/v3"
	"sigs.k8s.io/yaml"
)

const largeFileMagic = "version https://git-lfs.github.com/spec/v1"

// isLargeFilePointer is true for what Git holds in place of a file that Git LFS keeps elsewhere.
func isLargeFilePointer(content []byte) bool {
	return bytes.HasPrefix(content, []byte(largeFileMagic))
}

func largeFilePointerProblem(file string) Problems {
	return problemIn(codeLargeFilePointer, file, 1, "the file is a Git LFS pointer, not its content")
}

// chunk is one YAML document of a file, as text.
type chunk struct {
	// line is the file's line, from 1, that the text begins on.
	line int
	text []byte
}

// splitDocuments cuts a file at its document markers. A marker is a marker inside a block scalar too, by YAML's rules.
func splitDocuments(content []byte) []chunk {
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	var chunks []chunk
	current := chunk{line: 1}
	for number := 1; len(content) > 0; number++ {
		line := content
		if end := bytes.IndexByte(content, '\n'); end >= 0 {
			line = content[:end+1]
		}
		content = content[len(line):]
		rest, marked := bytes.CutPrefix(line, []byte("---"))
		if marked && (len(rest) == 0 || bytes.ContainsRune([]byte(" \t\r\n"), rune(rest[0]))) {
			chunks = append(chunks, current)
			// What stands beside the marker belongs to the document; the blanks keep its columns.
			current = chunk{line: number, text: append([]byte("   "), rest...)}
			continue
		}
		current.text = append(current.text, line...)
	}
	return append(chunks, current)
}

// document is one YAML document, looked at but not yet turned into JSON.
type document struct {
	chunk
	// index counts the documents of the file that are not empty, from 0.
	index int
	// start is the file's line of the first key.
	start int
	node  *yaml3.Node
}

// parseDocuments reads a file's documents, and everything that is wrong with their YAML. Aliases stay aliases, so
// nothing here grows beyond the file.
func parseDocuments(file string, content []byte) ([]document, Problems) {
	if isLargeFilePointer(content) {
		return nil, largeFilePointerProblem(file)
	}
	var documents []document
	var problems Problems
	for _, chunk := range splitDocuments(content) {
		var root yaml3.Node
		if err := yaml3.Unmarshal(chunk.text, &root); err != nil {
			problems = append(problems, syntaxProblem(file, chunk, err))
			continue
		}
		if root.Kind == 0 || len(root.Content) == 0 || isNull(root.Content[0]) {
			continue
		}
		node := root.Content[0]
		found := document{chunk: chunk, index: len(documents), start: chunk.line + node.Line - 1, node: node}
		documents = append(documents, found)
		problems = append(problems, duplicateKeys(file, chunk.line, node)...)
		if size := expandedSize(node, map[*yaml3.Node]int{}); size > len(chunk.text)*aliasGrowth+aliasAllowance {
			problems = append(problems, problemIn(codeTooManyAliases, file, found.start,
				"the document's aliases make it grow out of all proportion")...)
		}
	}
	return documents, problems
}

func isNull(node *yaml3.Node) bool {
	return node.Kind == yaml3.ScalarNode && node.ShortTag() == "!!null"
}

var (
	linePattern = regexp.MustCompile(`^yaml: line (\d+): `)
	// The library counts lines from 0 in what its parser says, and from 1 in what its scanner says.
	parserPattern  = regexp.MustCompile(`^(did not find expected (<|node content|key$|'-' indicator|',' or)|found (duplicate|undefined|incompatible))`)
	unknownPattern = regexp.MustCompile(`^yaml: unknown anchor '(.*)' referenced`)
)

// syntaxProblem words the YAML library's error, with the line in the file.
func syntaxProblem(file string, chunk chunk, err error) Problem {
	message, line := err.Error(), chunk.line
	if match := linePattern.FindStringSubmatch(message); match != nil {
		number, _ := strconv.Atoi(match[1])
		line += number - 1
		message = message[len(match[0]):]
		if parserPattern.MatchString(message) {
			line++
		}
	} else if match := unknownPattern.FindStringSubmatch(message); match != nil {
		line += lineOfAlias(chunk.text, match[1])
		message = fmt.Sprintf("the anchor of the alias *%s is not defined", match[1])
	}
	// What ends too early is said to end on the line behind the last.
	line = min(line, chunk.line+bytes.Count(bytes.TrimRight(chunk.text, "\r\n"), []byte("\n")))
	message = strings.TrimPrefix(message, "yaml: ")
	return Problem{Code: codeInvalidYAML, Message: message, Where: &Where{File: file, Line: line}}
}

// lineOfAlias is the index of the first line that has the alias; the library does not tell.
func lineOfAlias(text []byte, name string) int {
	pattern := regexp.MustCompile(`(^|[\s\[{,])\*` + regexp.QuoteMeta(name) + `($|[\s\]},])`)
	for i, line := range bytes.Split(text, []byte("\n")) {
		if pattern.Match(line) {
			return i
		}
	}
	return 0
}

// duplicateKeys finds every key that stands twice in the same mapping; libraries keep one of them, and not all the
// same one.
func duplicateKeys(file string, firstLine int, node *yaml3.Node) Problems {
	var problems Problems
	if node.Kind == yaml3.MappingNode {
		seen := map[string]int{}
		for i := 0; i+1 < len(node.Content); i += 2 {
			key := node.Content[i]
			if key.Kind != yaml3.ScalarNode || key.ShortTag() == "!!merge" {
				continue
			}
			line := firstLine + key.Line - 1
			if first, found := seen[key.Value]; found {
				problem := problemIn(codeInvalidYAML, file, line, "the key %q stands here and on line %d", key.Value, first)
				problem[0].Where.Column = key.Column
				problems = append(problems, problem...)
				continue
			}
			seen[key.Value] = line
		}
	}
	for _, child := range node.Content {
		problems = append(problems, duplicateKeys(file, firstLine, child)...)
	}
	return problems
}

// A document may grow this much by its aliases: so many times its own size, and so many bytes more.
const (
	aliasGrowth    = 100
	aliasAllowance = 1 << 20
	sizeLimit      = 1 << 40
)

// expandedSize is about the number of bytes that a node makes with its aliases written out. Each node is counted once
// and its sum used again, so a bomb costs nothing to measure.
func expandedSize(node *yaml3.Node, known map[*yaml3.Node]int) int {
	if size, found := known[node]; found {
		return size
	}
	known[node] = sizeLimit // An alias inside its own anchor has no end.
	size := len(node.Value) + 1
	if node.Kind == yaml3.AliasNode && node.Alias != nil {
		size = expandedSize(node.Alias, known)
	}
	for _, child := range node.Content {
		size = min(size+expandedSize(child, known), sizeLimit)
	}
	known[node] = size
	return size
}

// decode turns a document into a JSON value as Kubernetes does: YAML 1.1, where `yes` is a boolean.
func (document *document) decode(file string) (any, Problems) {
	encoded, err := yaml.YAMLToJSON(document.text)
	if err != nil {
		return nil, Problems{syntaxProblem(file, document.chunk, err)}
	}
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, problemIn(codeInvalidYAML, file, document.start, "%v", err)
	}
	return value, nil
}

// head is what names an object in a manifest.
type head struct {
	apiVersion, kind, name string
	document               int
}

// headsOf lists the objects of a manifest without decoding them. What is wrong is for others to say.
func headsOf(content []byte) []head {
	var heads []head
	documents, _ := parseDocuments("", content)
	for _, document := range documents {
		heads = append(heads, headsOfNode(document.node, document.index)...)
	}
	return heads
}

func headsOfNode(node *yaml3.Node, index int) []head {
	if items := fieldOf(node, "items"); items != nil && items.Kind == yaml3.SequenceNode {
		var heads []head
		for _, item := range items.Content {
			heads = append(heads, headsOfNode(item, index)...)
		}
		return heads
	}
	found := head{document: index}
	for field, target := range map[string]*string{"apiVersion": &found.apiVersion, "kind": &found.kind} {
		if value := fieldOf(node, field); value != nil {
			*target = value.Value
		}
	}
	if value := fieldOf(fieldOf(node, "metadata"), "name"); value != nil {
		found.name = value.Value
	}
	if found.kind == "" {
		return nil
	}
	return []head{found}
}

// fieldOf gives the value of a mapping's key; nil where there is none.
func fieldOf(node *yaml3.Node, name string) *yaml3.Node {
	if node == nil || node.Kind != yaml3.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == name {
			return node.Content[i+1]
		}
	}
	return nil
}
