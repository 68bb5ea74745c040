package cparse

import (
	"context"
	"sync"

	sitter "github.com/smacker/go-tree-sitter"
	"github.com/smacker/go-tree-sitter/c"
)

// A node is one named node of the syntax tree, copied out of tree-sitter.
// Nodes stand in document order; next is the index behind the subtree.
type node struct {
	sym        sitter.Symbol
	kind       nodeKind
	missing    bool
	start, end int32
	next       int32
}

// nodeKind is what we call the node types that matter.
type nodeKind uint8

const (
	nOther nodeKind = iota
	nError
	nIdent
	nNumber
	nString
	nConcat
	nCompound
	nExprStmt
	nDecl
	nTypedefDecl
	nIf
	nElse
	nSwitch
	nCase
	nWhile
	nDo
	nFor
	nReturn
	nBreak
	nContinue
	nGoto
	nLabeled
	nCond
	nAssign
	nPointer
	nUnary
	nBinary
	nUpdate
	nCast
	nTypeDesc
	nSizeof
	nGeneric
	nSubscript
	nCall
	nArgs
	nField
	nCompoundLit
	nParen
	nInitList
	nInitPair
	nSubDesig
	nFieldDesig
	nComma
	nFuncDef
	nInitDecl
	nPtrDecl
	nArrDecl
	nFuncDecl
	nParenDecl
	nParams
	nParam
	nVariadic
	nStruct
	nUnion
	nEnum
	nFieldList
	nFieldDecl
	nEnumList
	nEnumerator
	nPrim
	nSized
	nTypeIdent
	nFieldIdent
	nStmtIdent
	nStorage
	nTrue
	nFalse
	nNull
	nBitfield
	nComment
	nOffsetof
)

var nodeNames = map[string]nodeKind{
	"ERROR": nError, "identifier": nIdent, "number_literal": nNumber, "string_literal": nString, "concatenated_string": nConcat,
	"compound_statement": nCompound, "expression_statement": nExprStmt, "declaration": nDecl, "type_definition": nTypedefDecl,
	"if_statement": nIf, "else_clause": nElse, "switch_statement": nSwitch, "case_statement": nCase,
	"while_statement": nWhile, "do_statement": nDo, "for_statement": nFor, "return_statement": nReturn,
	"break_statement": nBreak, "continue_statement": nContinue, "goto_statement": nGoto, "labeled_statement": nLabeled,
	"conditional_expression": nCond, "assignment_expression": nAssign, "pointer_expression": nPointer,
	"unary_expression": nUnary, "binary_expression": nBinary, "update_expression": nUpdate, "cast_expression": nCast,
	"type_descriptor": nTypeDesc, "sizeof_expression": nSizeof, "generic_expression": nGeneric,
	"subscript_expression": nSubscript, "call_expression": nCall, "argument_list": nArgs, "field_expression": nField,
	"compound_literal_expression": nCompoundLit, "parenthesized_expression": nParen, "initializer_list": nInitList,
	"initializer_pair": nInitPair, "subscript_designator": nSubDesig, "field_designator": nFieldDesig,
	"comma_expression": nComma, "function_definition": nFuncDef, "init_declarator": nInitDecl,
	"pointer_declarator": nPtrDecl, "abstract_pointer_declarator": nPtrDecl,
	"array_declarator": nArrDecl, "abstract_array_declarator": nArrDecl,
	"function_declarator": nFuncDecl, "abstract_function_declarator": nFuncDecl,
	"parenthesized_declarator": nParenDecl, "abstract_parenthesized_declarator": nParenDecl,
	"parameter_list": nParams, "parameter_declaration": nParam, "variadic_parameter": nVariadic,
	"struct_specifier": nStruct, "union_specifier": nUnion, "enum_specifier": nEnum,
	"field_declaration_list": nFieldList, "field_declaration": nFieldDecl, "enumerator_list": nEnumList, "enumerator": nEnumerator,
	"primitive_type": nPrim, "sized_type_specifier": nSized, "type_identifier": nTypeIdent,
	"field_identifier": nFieldIdent, "statement_identifier": nStmtIdent, "storage_class_specifier": nStorage,
	"true": nTrue, "false": nFalse, "null": nNull, "bitfield_clause": nBitfield, "comment": nComment,
	"offsetof_expression": nOffsetof,
}

var language = sync.OnceValue(c.GetLanguage)

// symbolKinds maps the grammar's symbols to ours.
var symbolKinds = sync.OnceValue(func() []nodeKind {
	l := language()
	out := make([]nodeKind, l.SymbolCount())
	for i := range out {
		if l.SymbolType(sitter.Symbol(i)) == sitter.SymbolTypeRegular {
			out[i] = nodeNames[l.SymbolName(sitter.Symbol(i))]
		}
	}
	return out
})

const errorSymbol = sitter.Symbol(1<<16 - 1)

var parsers = sync.Pool{New: func() any {
	p := sitter.NewParser()
	p.SetLanguage(language())
	return p
}}

// parseText parses cleaned text and copies the tree out. bad says that it
// holds an error.
func parseText(text []byte) (nodes []node, bad bool) {
	p := parsers.Get().(*sitter.Parser)
	defer parsers.Put(p)
	tree, err := p.ParseCtx(context.Background(), nil, text)
	if err != nil {
		return nil, true
	}
	defer tree.Close()
	root := tree.RootNode()
	bad = root.HasError()
	cur := sitter.NewTreeCursor(root)
	defer cur.Close()
	kinds := symbolKinds()
	nodes = make([]node, 0, len(text)/4)
	var open []int32
	for {
		n := cur.CurrentNode()
		sym := n.Symbol()
		k := nOther
		named := n.IsNamed()
		if sym == errorSymbol {
			k = nError
		} else if int(sym) < len(kinds) {
			k = kinds[sym]
		}
		missing := false
		if bad && n.IsMissing() {
			missing = true
		}
		if named || missing {
			open = append(open, int32(len(nodes)))
			nodes = append(nodes, node{sym: sym, kind: k, missing: missing, start: int32(n.StartByte()), end: int32(n.EndByte())})
		} else {
			open = append(open, -1)
		}
		if (named || k == nError) && !leafKind[k] && cur.GoToFirstChild() {
			continue
		}
		for {
			if i := open[len(open)-1]; i >= 0 {
				nodes[i].next = int32(len(nodes))
			}
			open = open[:len(open)-1]
			if len(open) == 0 {
				return nodes, bad
			}
			if cur.GoToNextSibling() {
				break
			}
			cur.GoToParent()
		}
	}
}

// leafKind marks kinds below which nothing is wanted.
var leafKind = [256]bool{nIdent: true, nNumber: true, nString: true, nPrim: true, nTypeIdent: true, nFieldIdent: true, nStmtIdent: true, nStorage: true}
