package main

import (
	"bytes"
	"log"
	"regexp"
	"runtime"
	"strings"
	"sync"
)

// Libraries write warnings to the process-wide log. While a render runs, what its goroutine logs becomes its warnings;
// what nobody waits for is dropped.
var logs = &logRouter{results: map[string]*Result{}}

func init() {
	log.SetFlags(0)
	log.SetOutput(logs)
}

// levelPattern matches how the libraries begin a warning, each in its own way.
var levelPattern = regexp.MustCompile(`^(?i:(INFO|WARN|ERROR) |warning: )`)

type logRouter struct {
	mutex   sync.Mutex
	results map[string]*Result
}

// captureLogs takes what this goroutine logs as warnings of the result, until the returned function is called.
func captureLogs(result *Result) func() {
	goroutine := goroutineName()
	logs.mutex.Lock()
	defer logs.mutex.Unlock()
	logs.results[goroutine] = result
	return func() {
		logs.mutex.Lock()
		defer logs.mutex.Unlock()
		delete(logs.results, goroutine)
	}
}

func (router *logRouter) Write(line []byte) (int, error) {
	router.mutex.Lock()
	result := router.results[goroutineName()]
	router.mutex.Unlock()
	if result != nil {
		message := strings.TrimSpace(strings.ReplaceAll(string(line), treeMount+"/", ""))
		result.warn(Problem{Code: codeWarning, Message: levelPattern.ReplaceAllString(message, "")})
	}
	return len(line), nil
}

// goroutineName is "goroutine 17", from the first line of the stack: Go has no other word for it.
func goroutineName() string {
	var buffer [64]byte
	line := buffer[:runtime.Stack(buffer[:], false)]
	if end := bytes.IndexByte(line, '['); end >= 0 {
		line = line[:end]
	}
	return string(line)
}
