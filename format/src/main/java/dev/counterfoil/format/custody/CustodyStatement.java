package dev.counterfoil.format.custody;

import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.tree.InclusionProof;
import dev.counterfoil.format.tree.MerkleFrontier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A custodian's word on whose the leaves of a log are (spec/custody.md): a checkpoint of the log
 * with one extension line, which has the root over salted counts, one for each tenant. It is
 * cosigned by the custodian like any checkpoint that he holds.
 *
 * <p>A tenant is shown its own count with salt and path, and learns nothing of the others. Who is
 * shown all counts checks that they add up to the log's size, each tenant once: so no token lies in
 * the log that is on nobody's account.
 *
 * @param checkpoint the log's size and root
 * @param leaves number of leaves of the tree over the counts
 * @param counts root over them
 */
public record CustodyStatement(Checkpoint checkpoint, long leaves, Hash counts) {
  /** Most leaves. */
  public static final int LEAVES_MAX = 1 << 24;

  /** Fewest leaves: how few tenants there are is nobody's business. */
  public static final int LEAVES_MIN = 16;

  private static final String LINE = "counterfoil-custody/v1 ";

  public CustodyStatement {
    if (leaves < 1 || leaves > LEAVES_MAX) {
      throw new IllegalArgumentException("a statement has 1 to " + LEAVES_MAX + " leaves");
    }
  }

  /** The note's text. */
  public String text() {
    return checkpoint.text() + LINE + leaves + " " + counts.base64() + "\n";
  }

  /** Parses a note's text. */
  public static CustodyStatement parse(String text) throws FormatException {
    Checkpoint checkpoint = Checkpoint.parse(text);
    if (!text.startsWith(checkpoint.text() + LINE)) {
      throw new FormatException("custody statement has no line of counts");
    }
    String line = text.substring(checkpoint.text().length() + LINE.length(), text.length() - 1);
    int space = line.indexOf(' ');
    if (space < 0) {
      throw new FormatException("custody statement's line of counts is malformed");
    }
    long leaves = Decimal.parse(line.substring(0, space), LEAVES_MAX);
    if (leaves < 1) {
      throw new FormatException("custody statement has no counts");
    }
    return new CustodyStatement(checkpoint, leaves, Hash.parseBase64(line.substring(space + 1)));
  }

  /**
   * Parses a signed statement and checks that the custodian signed it.
   *
   * @param origin of the log that it must be of
   */
  public static CustodyStatement verify(byte[] note, String origin, CosignerKey custodian)
      throws FormatException {
    SignedNote signed = SignedNote.parse(note);
    CustodyStatement statement = parse(signed.text());
    if (!statement.checkpoint.origin().equals(origin)) {
      throw new FormatException("custody statement is of another log");
    }
    Optional<Cosignature> cosignature = Cosignature.find(signed, custodian);
    if (cosignature.isEmpty()) {
      throw new FormatException("custody statement is not signed by the custodian");
    }
    return statement;
  }

  /** Parses a statement that a log's own key signed and checks that it did. */
  public static CustodyStatement verify(byte[] note, NoteKey log) throws FormatException {
    SignedNote signed = SignedNote.parse(note);
    CustodyStatement statement = parse(signed.text());
    if (!statement.checkpoint.origin().equals(log.name()) || !signed.isSignedBy(log)) {
      throw new FormatException(
          "the statement of counts is not signed by the key of " + log.name());
    }
    return statement;
  }

  /**
   * The leaves of all counts, the tree filled up to a power of two, in the order of their hashes,
   * which tells nothing of their names.
   */
  public static List<TenantCount> fill(Collection<TenantCount> counts, SaltSource fillers) {
    List<TenantCount> all = new ArrayList<>(counts);
    int width = LEAVES_MIN;
    while (width < all.size()) {
      width *= 2;
    }
    for (int i = all.size(); i < width; i++) {
      all.add(new TenantCount("", 0, fillers.salt(i)));
    }
    Map<TenantCount, Hash> leaves = new HashMap<>();
    all.forEach(count -> leaves.put(count, count.leaf()));
    all.sort(Comparator.comparing(leaves::get));
    return List.copyOf(all);
  }

  /** Gives the salts of leaves that fill a tree up. */
  @FunctionalInterface
  public interface SaltSource {
    Hash salt(int index);
  }

  /** States counts, which are all of them in their order. */
  public static CustodyStatement of(Checkpoint checkpoint, List<TenantCount> counts) {
    MerkleFrontier tree = new MerkleFrontier();
    counts.forEach(count -> tree.append(count.leaf()));
    return new CustodyStatement(checkpoint, tree.size(), tree.root());
  }

  /** Whether a count is one of those stated. */
  public boolean proves(TenantCount count, long index, List<Hash> path) {
    return index >= 0
        && index < leaves
        && path.size() <= InclusionProof.PATH_MAX
        && new InclusionProof(index, leaves, path).proves(count.leaf(), counts);
  }

  /**
   * What is wrong with counts that are said to be all; empty when they are: they make the stated
   * root, no tenant stands twice, and together they are as many as the log has leaves.
   */
  public Optional<String> faultOf(List<TenantCount> all) {
    Set<String> names = new HashSet<>();
    long sum = 0;
    for (TenantCount count : all) {
      if (!count.tenant().isEmpty() && !names.add(count.tenant())) {
        return Optional.of("a tenant stands twice");
      }
      sum += count.count();
      if (sum > checkpoint.size()) {
        return Optional.of("the counts add up to more than the log has leaves");
      }
    }
    CustodyStatement made = of(checkpoint, all);
    if (made.leaves != leaves || !made.counts.equals(counts)) {
      return Optional.of("the counts are not those that were stated");
    }
    if (sum != checkpoint.size()) {
      return Optional.of(
          "the counts add up to " + sum + ", and the log has " + checkpoint.size() + " leaves");
    }
    return Optional.empty();
  }
}
