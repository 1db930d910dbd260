package dev.counterfoil.format.policy;

import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.InclusionProof;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.TreeHasher;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A self-contained proof that an entry is in a log (c2sp.org/tlog-proof): index, inclusion path,
 * signed checkpoint.
 *
 * @param index the entry's position
 * @param path inclusion hashes, from the leaf's sibling upward
 * @param checkpoint the signed checkpoint, as the log gave it
 */
public record TlogProof(long index, List<Hash> path, SignedNote checkpoint) {
  private static final String HEADER = "c2sp.org/tlog-proof@v1\n";

  private static final String EXTRA = "extra ";

  public TlogProof {
    path = List.copyOf(path);
  }

  /** Parses a proof; what it claims is checked by {@link #verify}. */
  public static TlogProof parse(byte[] bytes) throws FormatException {
    if (bytes.length > SignedNote.BYTES_MAX) {
      throw new FormatException("proof is too long");
    }
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new FormatException("proof is not UTF-8", e);
    }
    int blank = text.indexOf("\n\n");
    if (!text.startsWith(HEADER) || blank < HEADER.length()) {
      throw new FormatException("not a tlog-proof");
    }
    String[] lines = text.substring(HEADER.length(), blank).split("\n", -1);
    int next = lines[0].startsWith(EXTRA) ? 1 : 0;
    if (next == 1) {
      requireBase64(lines[0].substring(EXTRA.length()));
    }
    if (next >= lines.length || !lines[next].startsWith("index ")) {
      throw new FormatException("proof has no index");
    }
    long index =
        Decimal.parse(lines[next].substring("index ".length()), TokenId.POSITION_LIMIT - 1);
    if (lines.length - next - 1 > InclusionProof.PATH_MAX) {
      throw new FormatException("proof has too many hashes");
    }
    List<Hash> path = new ArrayList<>();
    for (String line : List.of(lines).subList(next + 1, lines.length)) {
      path.add(Hash.parseBase64(line));
    }
    byte[] note = text.substring(blank + 2).getBytes(StandardCharsets.UTF_8);
    return new TlogProof(index, path, SignedNote.parse(note));
  }

  private static void requireBase64(String extra) throws FormatException {
    try {
      if (Base64.getEncoder().encodeToString(Base64.getDecoder().decode(extra)).equals(extra)) {
        return;
      }
    } catch (IllegalArgumentException e) {
      throw new FormatException("proof's extra data is not base64", e);
    }
    throw new FormatException("proof's extra data is not in its one spelling");
  }

  /**
   * Checks that the log whose key is given holds the leaf at this index, and gives the checkpoint
   * that covers it.
   */
  public Checkpoint verify(Leaf leaf, NoteKey logKey) throws FormatException {
    return covering(leaf.hash(new TreeHasher()), Checkpoint.verify(checkpoint.bytes(), logKey));
  }

  /**
   * Checks that one of the policy's logs holds the leaf at this index, under a checkpoint that the
   * policy's quorum cosigned, and gives that checkpoint.
   */
  public Checkpoint verify(Leaf leaf, LogPolicy policy) throws FormatException {
    return covering(leaf.hash(new TreeHasher()), policy.verify(checkpoint.bytes()));
  }

  /** The same of an entry that is no leaf of a token: of any log, whose entries are bytes. */
  public Checkpoint verify(byte[] entry, LogPolicy policy) throws FormatException {
    return covering(new TreeHasher().leaf(entry), policy.verify(checkpoint.bytes()));
  }

  /** The same of a log whose key is given. */
  public Checkpoint verify(byte[] entry, NoteKey logKey) throws FormatException {
    return covering(new TreeHasher().leaf(entry), Checkpoint.verify(checkpoint.bytes(), logKey));
  }

  private Checkpoint covering(Hash leafHash, Checkpoint covering) throws FormatException {
    if (index >= covering.size()) {
      throw new FormatException("proof's index is past its checkpoint");
    }
    if (!new InclusionProof(index, covering.size(), path).proves(leafHash, covering.root())) {
      throw new FormatException("proof does not lead from the leaf to the root");
    }
    return covering;
  }

  /** The proof as bytes. */
  public byte[] bytes() {
    StringBuilder head = new StringBuilder(HEADER).append("index ").append(index).append('\n');
    path.forEach(hash -> head.append(hash.base64()).append('\n'));
    head.append('\n');
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(head.toString().getBytes(StandardCharsets.UTF_8));
    out.writeBytes(checkpoint.bytes());
    return out.toByteArray();
  }
}
