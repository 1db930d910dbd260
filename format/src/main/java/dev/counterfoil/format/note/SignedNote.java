package dev.counterfoil.format.note;

import dev.counterfoil.format.bytes.FormatException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/**
 * A signed note (c2sp.org/signed-note): a text and signatures over it.
 *
 * @param text ends in a newline; the signatures cover all of it
 * @param signatures at least one, in the order of their lines
 */
public record SignedNote(String text, List<NoteSignature> signatures) {
  /**
   * Longest note accepted, in bytes: 32 cosigners of a policy, at up to 5 kB a line
   * (c2sp.org/signed-note; an ML-DSA-44 cosignature takes 3.3 kB), and the log's own lines.
   */
  public static final int BYTES_MAX = 256 * 1024;

  /** Most signature lines accepted. */
  public static final int SIGNATURES_MAX = 64;

  private static final String LINE_START = "\u2014 ";

  /**
   * One signature line.
   *
   * @param name who signed
   * @param keyId which key, as four big-endian bytes
   * @param base64 the line's last word: base64(key ID ‖ signature)
   */
  public record NoteSignature(String name, int keyId, String base64) {
    /** The signature without the key ID. */
    public byte[] signature() {
      byte[] bytes = Base64.getDecoder().decode(base64);
      byte[] signature = new byte[bytes.length - 4];
      System.arraycopy(bytes, 4, signature, 0, signature.length);
      return signature;
    }

    /** The line, with its newline. */
    @Override
    public String toString() {
      return LINE_START + name + " " + base64 + "\n";
    }
  }

  public SignedNote {
    signatures = List.copyOf(signatures);
  }

  /** Signs a text. */
  public static SignedNote sign(String text, NoteSigner signer) throws GeneralSecurityException {
    NoteKey key = signer.key();
    byte[] signature = signer.sign(text.getBytes(StandardCharsets.UTF_8));
    ByteBuffer line = ByteBuffer.allocate(4 + signature.length).putInt(key.id()).put(signature);
    return new SignedNote(
        text,
        List.of(
            new NoteSignature(
                key.name(), key.id(), Base64.getEncoder().encodeToString(line.array()))));
  }

  /** Parses a note. It is not verified: ask {@link #isSignedBy}. */
  public static SignedNote parse(byte[] bytes) throws FormatException {
    if (bytes.length > BYTES_MAX) {
      throw new FormatException("note is longer than " + BYTES_MAX + " bytes");
    }
    String note;
    try {
      note = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new FormatException("note is not UTF-8", e);
    }
    if (note.chars().anyMatch(c -> c != '\n' && c < ' ')) {
      throw new FormatException("note has a control character");
    }
    int split = note.lastIndexOf("\n\n");
    if (split < 0 || !note.endsWith("\n") || split + 2 >= note.length()) {
      throw new FormatException("note has no signatures");
    }
    return new SignedNote(
        note.substring(0, split + 1),
        parseSignatures(note.substring(split + 2, note.length() - 1)));
  }

  /**
   * Puts signature lines under a text, as a witness answers them (c2sp.org/tlog-witness). They are
   * not verified.
   */
  public static SignedNote parse(String text, byte[] signatureLines) throws FormatException {
    ByteArrayOutputStream note = new ByteArrayOutputStream();
    note.writeBytes((text + "\n").getBytes(StandardCharsets.UTF_8));
    note.writeBytes(signatureLines);
    SignedNote parsed = parse(note.toByteArray());
    if (!parsed.text.equals(text)) {
      throw new FormatException("an empty line stands among the signature lines");
    }
    return parsed;
  }

  private static List<NoteSignature> parseSignatures(String text) throws FormatException {
    String[] lines = text.split("\n", -1);
    if (lines.length > SIGNATURES_MAX) {
      throw new FormatException("note has more than " + SIGNATURES_MAX + " signatures");
    }
    List<NoteSignature> signatures = new ArrayList<>();
    for (String line : lines) {
      signatures.add(parseSignature(line));
    }
    return signatures;
  }

  private static NoteSignature parseSignature(String line) throws FormatException {
    int space = line.indexOf(' ', LINE_START.length());
    if (!line.startsWith(LINE_START) || space < 0) {
      throw new FormatException("signature line is malformed");
    }
    String name = line.substring(LINE_START.length(), space);
    String base64 = line.substring(space + 1);
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new FormatException("signature is not base64", e);
    }
    if (!NoteKey.isName(name)
        || bytes.length < 5
        || !Base64.getEncoder().encodeToString(bytes).equals(base64)) {
      throw new FormatException("signature line is malformed");
    }
    return new NoteSignature(name, ByteBuffer.wrap(bytes).getInt(), base64);
  }

  /**
   * Whether a key signed the text: it has a line of the key's name and ID, and every such line is
   * good.
   */
  public boolean isSignedBy(NoteKey key) {
    byte[] signed = text.getBytes(StandardCharsets.UTF_8);
    boolean found = false;
    for (NoteSignature line : signatures) {
      if (line.name().equals(key.name()) && line.keyId() == key.id()) {
        if (!key.verify(signed, line.signature())) {
          return false;
        }
        found = true;
      }
    }
    return found;
  }

  /** The same text with more lines under it. */
  public SignedNote with(List<NoteSignature> more) {
    return new SignedNote(text, Stream.concat(signatures.stream(), more.stream()).toList());
  }

  /** The note as bytes. */
  public byte[] bytes() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    out.write('\n');
    for (NoteSignature line : signatures) {
      out.writeBytes(line.toString().getBytes(StandardCharsets.UTF_8));
    }
    return out.toByteArray();
  }
}
