package sheet

import (
	"io"
	"path"
	"strings"

	"hongyun/service/fault"
)

// optionsSheet is the hidden sheet on which our own templates keep long drop-down lists.
const optionsSheet = "选项"

// sheetsMost is how many sheets a workbook may have. Excel used to give three, two of them empty.
const sheetsMost = 20

// book is what an archive says about its workbook: the sheets in their order, and where the shared texts are.
type book struct {
	*archive
	sheets []worksheet
	shared string // part; "" if there is none
}

type worksheet struct {
	name   string
	part   string
	hidden bool
}

// relation is one line of a .rels part.
type relation struct{ kind, target string }

// openBook reads the three small parts that lead to the sheets and refuses a workbook of another kind.
func openBook(a *archive) (*book, error) {
	if err := a.contentTypes(); err != nil {
		return nil, err
	}
	root, err := a.relations("_rels/.rels", "")
	if err != nil {
		return nil, err
	}
	b, main := &book{archive: a}, ""
	for _, r := range root {
		if r.kind == "officeDocument" {
			main = r.target
		}
	}
	if main == "" {
		return nil, damaged("没有工作簿")
	}
	dir, file := path.Split(main)
	links, err := a.relations(dir+"_rels/"+file+".rels", dir)
	if err != nil {
		return nil, err
	}
	for _, r := range links {
		switch r.kind {
		case "sharedStrings":
			b.shared = r.target
		case "externalLink":
			return nil, hasLinks()
		case "vbaProject", "xlMacrosheet", "dialogsheet":
			return nil, hasMacros()
		}
	}
	return b, b.workbook(main, links)
}

// contentTypes refuses macros and other documents by what the archive declares of itself. What it says of an extension that
// no part has is nothing: some programs declare one for macros in every workbook that they save.
func (a *archive) contentTypes() error {
	workbook := false
	found, err := a.elements("[content_types].xml", func(s *scanner) error {
		switch t := strings.ToLower(s.attr("ContentType")); {
		case strings.Contains(t, "vbaproject") && s.is("Default") && !a.hasParts(s.attr("Extension")): // says nothing
		case strings.Contains(t, "macroenabled") || strings.Contains(t, "vbaproject"):
			return hasMacros()
		case strings.Contains(t, "spreadsheetml.sheet.main+xml"):
			workbook = true
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !found || !workbook {
		return notXLSX(a.otherDocument())
	}
	return nil
}

// hasParts tells whether a part has the extension.
func (a *archive) hasParts(extension string) bool {
	for name := range a.parts {
		if strings.HasSuffix(name, "."+strings.ToLower(extension)) {
			return true
		}
	}
	return false
}

// otherDocument says what an archive without a workbook is, as far as its parts tell.
func (a *archive) otherDocument() string {
	switch {
	case a.parts["xl/workbook.bin"] != nil:
		return "这是 .xlsb 二进制工作簿"
	case a.parts["xl/workbook.xml"] != nil:
		return "这是 Excel 模板或其他类型的工作簿"
	case a.parts["word/document.xml"] != nil:
		return "这是 Word 文档"
	case a.parts["ppt/presentation.xml"] != nil:
		return "这是演示文稿"
	case a.parts["content.xml"] != nil:
		return "这是 OpenDocument 文件（.ods 等）"
	}
	return "这是压缩包，不是 Excel 工作簿"
}

// relations reads a .rels part by id; targets become names of parts, given that they are relative to dir.
func (a *archive) relations(part, dir string) (map[string]relation, error) {
	all := map[string]relation{}
	_, err := a.elements(part, func(s *scanner) error {
		if !s.is("Relationship") || len(all) >= partsMost {
			return nil
		}
		kind, target := path.Base(s.attr("Type")), s.attr("Target")
		if strings.EqualFold(s.attr("TargetMode"), "External") {
			if kind != "hyperlink" {
				return hasLinks()
			}
			return nil
		}
		if !strings.HasPrefix(target, "/") {
			target = path.Join(dir, target)
		}
		all[s.attr("Id")] = relation{kind: kind, target: strings.TrimPrefix(target, "/")}
		return nil
	})
	return all, err
}

// workbook reads the list of sheets.
func (b *book) workbook(part string, links map[string]relation) error {
	found, err := b.elements(part, func(s *scanner) error {
		switch string(s.local()) {
		case "workbookPr":
			if v := s.attr("date1904"); v == "1" || v == "true" {
				return fault.Invalid("sheet.date1904", "文件使用 1904 日期系统，日期会相差四年；请在 Excel 选项中取消“使用 1904 日期系统”后重新核对日期再上传")
			}
		case "externalReference":
			return hasLinks()
		case "sheet":
			link, ok := links[s.attr("id")]
			if !ok {
				return damaged("工作表缺失")
			}
			if link.kind != "worksheet" { // a sheet that is one chart has no cells
				return nil
			}
			state := s.attr("state")
			b.sheets = append(b.sheets, worksheet{name: s.attr("name"), part: link.target, hidden: state != "" && state != "visible"})
			if len(b.sheets) > sheetsMost {
				return fault.Invalid("sheet.too_many_sheets", "工作表过多，请只保留一张有数据的工作表")
			}
		}
		return nil
	})
	if err == nil && (!found || len(b.sheets) == 0) {
		return damaged("没有工作表")
	}
	return err
}

// elements shows every start tag of a part; false: there is no such part.
func (a *archive) elements(part string, see func(*scanner) error) (bool, error) {
	rc, ok, err := a.part(part)
	if !ok || err != nil {
		return ok, err
	}
	defer rc.Close()
	s := newScanner(rc)
	for {
		k, err := s.next()
		if err == io.EOF {
			return true, nil
		}
		if err == nil && k == atStart {
			err = see(s)
		}
		if err != nil {
			return true, err
		}
	}
}
