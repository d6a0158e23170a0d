package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// jsonDocument is one value of a JSON file.
type jsonDocument struct {
	index int
	start int
	value any
}

// parseJSONDocuments reads the values of a JSON file, one after the other, and everything that is wrong with them.
func parseJSONDocuments(file string, content []byte) ([]jsonDocument, Problems) {
	if isLargeFilePointer(content) {
		return nil, largeFilePointerProblem(file)
	}
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	reader := &jsonReader{file: file, content: content, decoder: json.NewDecoder(bytes.NewReader(content))}
	reader.decoder.UseNumber()
	var documents []jsonDocument
	for {
		start := reader.line(len(content) - len(bytes.TrimLeft(content[reader.decoder.InputOffset():], " \t\r\n")))
		value, err := reader.value()
		if errors.Is(err, io.EOF) {
			return documents, reader.problems
		}
		if err != nil {
			return documents, append(reader.problems, reader.syntaxProblem(err))
		}
		documents = append(documents, jsonDocument{index: len(documents), start: start, value: value})
	}
}

// jsonReader reads values token by token, since only so are duplicate keys seen.
type jsonReader struct {
	file     string
	content  []byte
	decoder  *json.Decoder
	problems Problems
}

func (reader *jsonReader) line(offset int) int {
	return 1 + bytes.Count(reader.content[:min(offset, len(reader.content))], []byte("\n"))
}

func (reader *jsonReader) syntaxProblem(err error) Problem {
	offset := int(reader.decoder.InputOffset())
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		offset = int(syntax.Offset)
	}
	message := err.Error()
	if errors.Is(err, io.ErrUnexpectedEOF) {
		message, offset = "the file ends inside a value", len(reader.content)
	}
	return problemIn(codeInvalidYAML, reader.file, reader.line(offset), "%s", message)[0]
}

// value reads one value. An end of the file inside one is io.ErrUnexpectedEOF.
func (reader *jsonReader) value() (any, error) {
	token, err := reader.decoder.Token()
	if err != nil {
		return nil, err
	}
	delimiter, compound := token.(json.Delim)
	if !compound {
		return token, nil
	}
	var value any
	if delimiter == '{' {
		value, err = reader.object()
	} else {
		value, err = reader.array()
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return value, err
}

func (reader *jsonReader) object() (any, error) {
	fields := map[string]any{}
	for reader.decoder.More() {
		token, err := reader.decoder.Token()
		if err != nil {
			return nil, err
		}
		key, isString := token.(string)
		if !isString {
			return nil, fmt.Errorf("a key is not a string: %v", token)
		}
		if _, found := fields[key]; found {
			line := reader.line(int(reader.decoder.InputOffset()))
			reader.problems = append(reader.problems,
				problemIn(codeInvalidYAML, reader.file, line, "the key %q stands twice in the same object", key)...)
		}
		if fields[key], err = reader.value(); err != nil {
			return nil, err
		}
	}
	_, err := reader.decoder.Token()
	return fields, err
}

func (reader *jsonReader) array() (any, error) {
	items := []any{}
	for reader.decoder.More() {
		item, err := reader.value()
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	_, err := reader.decoder.Token()
	return items, err
}
