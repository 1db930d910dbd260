package dev.counterfoil.format.note;

import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.TokenId;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a log asks its witnesses (c2sp.org/tlog-witness, {@code add-checkpoint}): to cosign a
 * checkpoint that extends the one they hold.
 *
 * @param oldSize size of the checkpoint that the witness holds; 0 for none
 * @param proof consistency hashes from the old size to the checkpoint's
 * @param note the checkpoint as its log signed it
 * @param checkpoint the same, parsed; not yet verified
 */
public record AddCheckpoint(
    long oldSize, List<Hash> proof, SignedNote note, Checkpoint checkpoint) {
  /** Most consistency hashes (c2sp.org/tlog-witness). */
  public static final int PROOF_MAX = 63;

  /** Longest request accepted, in bytes: the longest note, and the lines before it. */
  public static final int BYTES_MAX = SignedNote.BYTES_MAX + 4096;

  public AddCheckpoint {
    if (oldSize < 0 || proof.size() > PROOF_MAX) {
      throw new IllegalArgumentException("a size below zero, or a proof that is too long");
    }
    proof = List.copyOf(proof);
  }

  /** A request about a signed checkpoint. */
  public static AddCheckpoint of(long oldSize, List<Hash> proof, SignedNote note)
      throws FormatException {
    return new AddCheckpoint(oldSize, proof, note, Checkpoint.parse(note.text()));
  }

  /**
   * Parses a request. Whether the old size is below the checkpoint's, and what the proof proves, is
   * the witness's to check.
   */
  public static AddCheckpoint parse(byte[] bytes) throws FormatException {
    if (bytes.length > BYTES_MAX) {
      throw new FormatException("request is longer than " + BYTES_MAX + " bytes");
    }
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new FormatException("request is not UTF-8", e);
    }
    int blank = text.indexOf("\n\n");
    if (!text.startsWith("old ") || blank < 0) {
      throw new FormatException("request does not begin with the old size and a proof");
    }
    String[] lines = text.substring(0, blank).split("\n", -1);
    if (lines.length - 1 > PROOF_MAX) {
      throw new FormatException("request has more than " + PROOF_MAX + " consistency hashes");
    }
    long oldSize = Decimal.parse(lines[0].substring("old ".length()), TokenId.POSITION_LIMIT);
    List<Hash> proof = new ArrayList<>();
    for (String line : List.of(lines).subList(1, lines.length)) {
      proof.add(Hash.parseBase64(line));
    }
    byte[] note = text.substring(blank + 2).getBytes(StandardCharsets.UTF_8);
    return of(oldSize, proof, SignedNote.parse(note));
  }

  /** The request's body. */
  public byte[] bytes() {
    StringBuilder head = new StringBuilder("old ").append(oldSize).append('\n');
    proof.forEach(hash -> head.append(hash.base64()).append('\n'));
    head.append('\n');
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(head.toString().getBytes(StandardCharsets.UTF_8));
    out.writeBytes(note.bytes());
    return out.toByteArray();
  }
}
