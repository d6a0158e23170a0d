package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"text/template"
	"time"

	"github.com/Masterminds/sprig/v3"
	"github.com/google/uuid"
	"golang.org/x/crypto/bcrypt"
)

// stableFunctions takes the place of those template functions that give another value at every call. Here a value
// depends on the seed of the Application, the function, its arguments and how often it was called with them: so it is
// the same at every render, nobody can guess it, and one call more in a chart does not change the values of others.
type stableFunctions struct {
	random *Random
	// now is asked for only where a template needs it: a result that depends on the time is kept for one commit only.
	now   func() time.Time
	mutex sync.Mutex
	calls map[string]int
	used  map[string]bool
}

func newStableFunctions(request *Request) *stableFunctions {
	return &stableFunctions{random: request.Random(), now: request.now, calls: map[string]int{}, used: map[string]bool{}}
}

// stream gives the random bytes of one call.
func (functions *stableFunctions) stream(name string, arguments ...any) *Random {
	label, err := json.Marshal(append([]any{name}, arguments...))
	if err != nil {
		label = fmt.Appendf(nil, "%s %v", name, arguments)
	}
	functions.mutex.Lock()
	defer functions.mutex.Unlock()
	functions.calls[string(label)]++
	return functions.random.Stream(fmt.Sprintf("helm %s %d", label, functions.calls[string(label)]))
}

const (
	digits  = "0123456789"
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

var printable = func() string {
	var characters strings.Builder
	for character := byte(' '); character < 127; character++ {
		characters.WriteByte(character)
	}
	return characters.String()
}()

// table is what the engine puts over its own functions.
func (functions *stableFunctions) table() template.FuncMap {
	table := template.FuncMap{
		"randAlphaNum": functions.randomText("randAlphaNum", letters+digits),
		"randAlpha":    functions.randomText("randAlpha", letters),
		"randNumeric":  functions.randomText("randNumeric", digits),
		"randAscii":    functions.randomText("randAscii", printable),
		"randBytes":    functions.randBytes,
		"randInt":      functions.randInt,
		"shuffle":      functions.shuffle,
		"uuidv4":       functions.uuidv4,
		"bcrypt":       functions.bcrypt,
		"htpasswd":     functions.htpasswd,
		"encryptAES":   functions.encryptAES,
		"keys":         sortedKeys,
		"values":       sortedValues,
		"now":          functions.clock,
		"ago":          functions.ago,
	}
	functions.addDates(table)
	functions.addCertificates(table)
	return table
}

func (functions *stableFunctions) randomText(name, characters string) func(int) string {
	return func(count int) string {
		if count <= 0 {
			return ""
		}
		source := rand.New(functions.stream(name, count))
		text := make([]byte, count)
		for index := range text {
			text[index] = characters[source.IntN(len(characters))]
		}
		return string(text)
	}
}

func (functions *stableFunctions) randBytes(count int) (string, error) {
	if count < 0 {
		return "", fmt.Errorf("randBytes cannot make %d bytes", count)
	}
	bytes := make([]byte, count)
	_, err := io.ReadFull(functions.stream("randBytes", count), bytes)
	return base64.StdEncoding.EncodeToString(bytes), err
}

func (functions *stableFunctions) randInt(low, high int) (int, error) {
	if high <= low {
		return 0, fmt.Errorf("randInt has nothing to choose from: %d is not less than %d", low, high)
	}
	return low + rand.New(functions.stream("randInt", low, high)).IntN(high-low), nil
}

func (functions *stableFunctions) shuffle(text string) string {
	characters := []rune(text)
	rand.New(functions.stream("shuffle", text)).Shuffle(len(characters), func(a, b int) {
		characters[a], characters[b] = characters[b], characters[a]
	})
	return string(characters)
}

func (functions *stableFunctions) uuidv4() (string, error) {
	made, err := uuid.NewRandomFromReader(functions.stream("uuidv4"))
	return made.String(), err
}

func (functions *stableFunctions) htpasswd(user, password string) string {
	if strings.Contains(user, ":") {
		return "invalid username: " + user
	}
	return user + ":" + functions.bcrypt(password)
}

// bcrypt takes its salt from Go's process-wide source, which is ours for the moment of the call.
func (functions *stableFunctions) bcrypt(password string) string {
	var hash []byte
	var err error
	withRandomSource(functions.stream("bcrypt", password), func() {
		hash, err = bcrypt.GenerateFromPassword([]byte(password), bcrypt.DefaultCost)
	})
	if err != nil {
		return "failed to encrypt string with bcrypt: " + err.Error()
	}
	return string(hash)
}

func (functions *stableFunctions) encryptAES(password, text string) (made string, err error) {
	encrypt, known := sprig.TxtFuncMap()["encryptAES"].(func(string, string) (string, error))
	if !known {
		return "", fmt.Errorf("encryptAES is not what it was")
	}
	withRandomSource(functions.stream("encryptAES", password, text), func() { made, err = encrypt(password, text) })
	return made, err
}

func sortedKeys(tables ...map[string]any) []string {
	names := []string{}
	for _, table := range tables {
		first := len(names)
		for name := range table {
			names = append(names, name)
		}
		slices.Sort(names[first:])
	}
	return names
}

func sortedValues(table map[string]any) []any {
	values := []any{}
	for _, name := range sortedKeys(table) {
		values = append(values, table[name])
	}
	return values
}

// clock is the commit's time. It is the same at every render of a commit, and another at the next.
func (functions *stableFunctions) clock() time.Time {
	functions.mutex.Lock()
	defer functions.mutex.Unlock()
	functions.used["now"] = true
	return functions.now()
}

func (functions *stableFunctions) ago(date any) string {
	since := functions.now()
	switch date := date.(type) {
	case time.Time:
		since = date
	case int64:
		since = time.Unix(date, 0)
	case int:
		since = time.Unix(int64(date), 0)
	}
	functions.mutex.Lock()
	defer functions.mutex.Unlock()
	functions.used["ago"] = true
	return functions.now().Sub(since).Round(time.Second).String()
}

// addDates gives the functions that take anything but a time for now what now is here.
func (functions *stableFunctions) addDates(table template.FuncMap) {
	original := sprig.TxtFuncMap()
	inZone, known := original["dateInZone"].(func(string, any, string) string)
	if !known {
		return
	}
	format := func(layout string, date any, zone string) string {
		switch date.(type) {
		case time.Time, *time.Time, int64, int, int32:
		default:
			date = functions.clock()
		}
		return inZone(layout, date, zone)
	}
	table["date"] = func(layout string, date any) string { return format(layout, date, "UTC") }
	table["htmlDate"] = func(date any) string { return format("2006-01-02", date, "UTC") }
	table["htmlDateInZone"] = func(date any, zone string) string { return format("2006-01-02", date, zone) }
	table["dateInZone"] = format
	table["date_in_zone"] = format
}

var actionPattern = regexp.MustCompile(`(?s)\{\{.*?\}\}`)

// warnOfUnstable says which templates make their output depend on the commit's time.
func (functions *stableFunctions) warnOfUnstable(sources map[string]templateSource, result *Result) {
	for name := range functions.used {
		call := regexp.MustCompile(`\b` + name + `\b`)
		for _, template := range sortedSources(sources) {
			source := sources[template]
			for _, place := range actionPattern.FindAllIndex(source.file.Data, -1) {
				within := call.FindIndex(source.file.Data[place[0]:place[1]])
				if within == nil {
					continue
				}
				where := &Where{File: source.tree}
				if path.Ext(source.tree) != ".tgz" {
					where.Line = 1 + strings.Count(string(source.file.Data[:place[0]+within[0]]), "\n")
				}
				result.warn(Problem{
					Code:    codeUnstable,
					Message: fmt.Sprintf("%s gives the time of the commit, so %s changes with commits that do not touch it", name, template),
					Where:   where,
				})
				break
			}
		}
	}
}

func sortedSources(sources map[string]templateSource) []string {
	names := make([]string, 0, len(sources))
	for name := range sources {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
