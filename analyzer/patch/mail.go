package patch

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"path"
	"strings"
)

// maxDepth bounds mails within mails and parts within parts.
const maxDepth = 8

// A message is a mail, decoded.
type message struct {
	id, from, subject string
	body              []byte   // text and diffs, in the order of the parts
	attached          [][]byte // mails in the mail
}

var errNoMail = errors.New("neither a mail nor a diff")

// parseMail decodes a mail.
func parseMail(text []byte, depth int) (*message, error) {
	if depth > maxDepth {
		return nil, errors.New("mails within mails: too deep")
	}
	text = unixLines(bytes.TrimLeft(text, "\r\n"))
	m, err := mail.ReadMessage(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoMail, err)
	}
	out := &message{
		id:      strings.Trim(strings.TrimSpace(m.Header.Get("Message-Id")), "<>"),
		from:    decodeWords(m.Header.Get("From")),
		subject: decodeWords(m.Header.Get("Subject")),
	}
	return out, out.part(m.Header.Get, m.Body, depth)
}

// part adds a part, or its parts.
func (m *message) part(header func(string) string, body io.Reader, depth int) error {
	if depth > maxDepth {
		return errors.New("parts within parts: too deep")
	}
	kind, params, err := mime.ParseMediaType(header("Content-Type"))
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) || kind == "" {
		kind = "text/plain" // RFC 2045, section 5.2
	}
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return fmt.Errorf("multipart: %w", err)
			}
			if err := m.part(p.Header.Get, p, depth+1); err != nil {
				return err
			}
		}
	}
	text, err := decode(header("Content-Transfer-Encoding"), body)
	if err != nil {
		return err
	}
	_, disposition, _ := mime.ParseMediaType(header("Content-Disposition"))
	name := disposition["filename"]
	if name == "" {
		name = params["name"]
	}
	if bytes.HasPrefix(text, []byte(">From ")) { // as an mbox escapes it
		text = text[1:]
	}
	switch {
	case kind == "message/rfc822", fromLine.Match(text):
		m.attached = append(m.attached, splitMbox(text)...)
	case kind == "text/html", kind == "application/pgp-signature":
	case strings.HasPrefix(kind, "text/"), path.Ext(name) == ".patch", path.Ext(name) == ".diff":
		m.body = append(m.body, text...)
		if len(text) > 0 && text[len(text)-1] != '\n' {
			m.body = append(m.body, '\n')
		}
	}
	return nil
}

// decode undoes a transfer encoding.
func decode(encoding string, body io.Reader) ([]byte, error) {
	switch encoding := strings.ToLower(strings.TrimSpace(encoding)); encoding {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body) // passes over line ends
	case "", "7bit", "8bit", "binary":
	default:
		return nil, fmt.Errorf("unknown transfer encoding %q", encoding)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("body: %w", err)
	}
	return unixLines(text), nil
}

// decodeWords decodes a header; what cannot be decoded stays.
func decodeWords(s string) string {
	if t, err := new(mime.WordDecoder).DecodeHeader(s); err == nil {
		return t
	}
	return s
}
