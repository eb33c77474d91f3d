// Renders the templates of a chart with what Helm is made of: Go's text/template, the functions of Sprig, and
// sigs.k8s.io/yaml. It is no Helm: there are no hooks, no subcharts and no schema, which the test checks by itself.
//
// render CHART < values.json
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"sigs.k8s.io/yaml"
)

func main() {
	if err := render(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func render(chart string) error {
	var metadata, values, given map[string]interface{}
	for name, into := range map[string]*map[string]interface{}{"Chart.yaml": &metadata, "values.yaml": &values} {
		text, err := os.ReadFile(filepath.Join(chart, name))
		if err != nil {
			return err
		}
		if err := yaml.Unmarshal(text, into); err != nil {
			return err
		}
	}
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		return err
	}
	functions := sprig.TxtFuncMap()
	functions["toYaml"] = func(value interface{}) string {
		text, err := yaml.Marshal(value)
		if err != nil {
			return ""
		}
		return strings.TrimSuffix(string(text), "\n")
	}
	scene := map[string]interface{}{
		"Values":  merged(values, given),
		"Chart":   map[string]interface{}{"AppVersion": metadata["appVersion"], "Name": metadata["name"]},
		"Release": map[string]interface{}{"Namespace": "kubeskippy-system", "Name": "kubeskippy"},
	}
	files, err := filepath.Glob(filepath.Join(chart, "templates", "*"))
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		parsed, err := template.New(filepath.Base(file)).Option("missingkey=zero").Funcs(functions).Parse(string(text))
		if err != nil {
			return err
		}
		var out strings.Builder
		if err := parsed.Execute(&out, scene); err != nil {
			return err
		}
		if strings.HasSuffix(file, ".txt") {
			fmt.Fprint(os.Stderr, out.String())
			continue
		}
		fmt.Printf("---\n%s\n", out.String())
	}
	return nil
}

func merged(base, over map[string]interface{}) map[string]interface{} {
	all := map[string]interface{}{}
	for name, value := range base {
		all[name] = value
	}
	for name, value := range over {
		below, isMap := value.(map[string]interface{})
		there, wasMap := all[name].(map[string]interface{})
		if isMap && wasMap {
			all[name] = merged(there, below)
		} else {
			all[name] = value
		}
	}
	return all
}
