package dev.counterfoil.custodian;

import dev.counterfoil.format.CustodyStatement;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.HashSource;
import dev.counterfoil.format.InclusionProof;
import dev.counterfoil.format.SignedNote;
import dev.counterfoil.format.TenantCount;
import dev.counterfoil.format.TreeHasher;
import dev.counterfoil.log.FileDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes custody statements (spec/custody.md). Their salts come from a secret of this custodian, so
 * that the same statement can be made again and nobody else can link two.
 */
final class CustodyStatements {
  private static final Duration FRESH = Duration.ofSeconds(1);
  private static final String SECRET = "statement.secret";
  private static final String MAC = "HmacSHA256";

  private final NameTable names;
  private final HeldNotes notes;
  private final InstantSource clock;
  private final SecretKeySpec secret;
  private final Map<LogFollower, Made> last = new ConcurrentHashMap<>();

  CustodyStatements(
      Path folder, NameTable names, HeldNotes notes, InstantSource clock, SecureRandom random)
      throws IOException {
    this.names = names;
    this.notes = notes;
    this.clock = clock;
    this.secret = new SecretKeySpec(secret(FileDisk.privateFolder(folder), random), MAC);
  }

  private static byte[] secret(FileDisk disk, SecureRandom random) throws IOException {
    try {
      byte[] known = disk.read(SECRET, Hash.BYTES);
      if (known.length == Hash.BYTES) {
        return known;
      }
      throw new IOException(SECRET + " in " + disk + " is damaged: remove it, and another is made");
    } catch (NoSuchFileException e) {
      byte[] fresh = new byte[Hash.BYTES];
      random.nextBytes(fresh);
      disk.replace(SECRET, fresh);
      return fresh;
    }
  }

  /**
   * A statement with everything that it stands on.
   *
   * @param statement the statement
   * @param note it, signed
   * @param head the log's signed checkpoint of the same size
   * @param counts all of them in their order
   * @param levels hashes of the tree over them, leaves first
   * @param madeAt when
   */
  record Made(
      CustodyStatement statement,
      SignedNote note,
      SignedNote head,
      List<TenantCount> counts,
      List<List<Hash>> levels,
      Instant madeAt) {

    /** The place of a tenant's count; -1 where it has none. */
    int indexOf(String tenant) {
      for (int i = 0; i < counts.size(); i++) {
        if (counts.get(i).tenant().equals(tenant)) {
          return i;
        }
      }
      return -1;
    }

    /** The path of a count. */
    List<Hash> path(int index) {
      try {
        return InclusionProof.make(
                (level, at) -> levels.get(level).get((int) at), index, counts.size())
            .path();
      } catch (HashSource.UnavailableException e) {
        throw new IllegalStateException("the hashes are in memory", e);
      }
    }
  }

  /** A statement of what is vouched for; not made anew for every request. */
  Made current(LogFollower follower, CustodyLog.Vouched vouched) throws IOException {
    Made known = last.get(follower);
    if (known != null && known.madeAt.plus(FRESH).isAfter(clock.instant())) {
      return known;
    }
    Made made = make(follower.custody(), vouched);
    last.put(follower, made);
    return made;
  }

  private Made make(CustodyLog custody, CustodyLog.Vouched vouched) throws IOException {
    List<TenantCount> counts = new ArrayList<>();
    String text = vouched.checkpoint().text();
    for (Map.Entry<Integer, Long> count :
        custody.held().tenantCounts(vouched.checkpoint().size()).entrySet()) {
      String tenant = names.name(count.getKey());
      counts.add(new TenantCount(tenant, count.getValue(), salt(text, "tenant " + tenant)));
    }
    List<TenantCount> all = CustodyStatement.fill(counts, i -> salt(text, "filler " + i));
    CustodyStatement statement = CustodyStatement.of(vouched.checkpoint(), all);
    return new Made(
        statement,
        notes.cosignText(statement.text()),
        vouched.note(),
        all,
        levels(all),
        clock.instant());
  }

  private Hash salt(String checkpoint, String of) {
    try {
      Mac mac = Mac.getInstance(MAC);
      mac.init(secret);
      return Hash.of(mac.doFinal((checkpoint + of + "\n").getBytes(StandardCharsets.UTF_8)));
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
}
