package dev.counterfoil.format.custody;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.SharedProof;
import dev.counterfoil.format.tree.HashSource;
import dev.counterfoil.format.tree.InclusionProof;
import dev.counterfoil.format.tree.TreeHasher;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * All counts of a {@link CustodyStatement} in their places, and the tree over them. Its salts come
 * from a secret of who states them, so that the same statement can be made again and nobody else
 * can link two.
 */
public final class StatedCounts {
  private static final String MAC = "HmacSHA256";

  private final CustodyStatement statement;
  private final List<TenantCount> counts;
  private final List<List<Hash>> levels;

  private StatedCounts(Checkpoint checkpoint, List<TenantCount> counts) {
    this.counts = counts;
    this.levels = levels(counts);
    this.statement =
        new CustodyStatement(checkpoint, counts.size(), levels.get(levels.size() - 1).get(0));
  }

  /**
   * States how many leaves of a log are whose.
   *
   * @param counts by the tenants' names
   * @param secret 32 bytes of who states it
   */
  public static StatedCounts of(Checkpoint checkpoint, Map<String, Long> counts, byte[] secret) {
    SecretKeySpec key = new SecretKeySpec(secret, MAC);
    String text = checkpoint.text();
    List<TenantCount> named = new ArrayList<>();
    counts.forEach(
        (tenant, count) ->
            named.add(new TenantCount(tenant, count, salt(key, text, "tenant " + tenant))));
    return new StatedCounts(
        checkpoint, CustodyStatement.fill(named, i -> salt(key, text, "filler " + i)));
  }

  /**
   * The secret of one statement, from that of who states: who is given it can make this statement
   * from the counts, and no other one.
   *
   * @return 32 bytes
   */
  public static byte[] secretOf(Checkpoint checkpoint, byte[] secret) {
    return mac(new SecretKeySpec(secret, MAC), "statement\n" + checkpoint.text());
  }

  private static Hash salt(SecretKeySpec secret, String checkpoint, String of) {
    return Hash.of(mac(secret, checkpoint + of + "\n"));
  }

  private static byte[] mac(SecretKeySpec secret, String text) {
    try {
      Mac mac = Mac.getInstance(MAC);
      mac.init(secret);
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has HMAC-SHA-256", e);
    }
  }

  /** Their number is a power of two. */
  private static List<List<Hash>> levels(List<TenantCount> counts) {
    List<List<Hash>> levels = new ArrayList<>();
    List<Hash> level = counts.stream().map(TenantCount::leaf).toList();
    TreeHasher hasher = new TreeHasher();
    levels.add(level);
    while (level.size() > 1) {
      List<Hash> above = new ArrayList<>();
      for (int i = 0; i < level.size(); i += 2) {
        above.add(hasher.node(level.get(i), level.get(i + 1)));
      }
      levels.add(above);
      level = above;
    }
    return levels;
  }

  /** What is to be signed. */
  public CustodyStatement statement() {
    return statement;
  }

  /** All counts in their places. */
  public List<TenantCount> counts() {
    return counts;
  }

  /** The place of a tenant's count; -1 where it has none. */
  public int indexOf(String tenant) {
    for (int i = 0; i < counts.size(); i++) {
      if (counts.get(i).tenant().equals(tenant)) {
        return i;
      }
    }
    return -1;
  }

  /** The path of a count, from the leaf upward. */
  public List<Hash> path(int index) {
    try {
      return InclusionProof.make(this::hash, index, counts.size()).path();
    } catch (HashSource.UnavailableException e) {
      throw inMemory(e);
    }
  }

  /** The proof of a count as a {@link SharedProof}, of which it is the one leaf. */
  public List<Hash> proof(int index) {
    try {
      return SharedProof.make(this::hash, counts.size(), index);
    } catch (HashSource.UnavailableException e) {
      throw inMemory(e);
    }
  }

  private Hash hash(int level, long index) {
    return levels.get(level).get((int) index);
  }

  private static IllegalStateException inMemory(HashSource.UnavailableException e) {
    return new IllegalStateException("the hashes are in memory", e);
  }
}
