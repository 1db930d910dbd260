package dev.counterfoil.directory;

import java.time.Instant;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/**
 * A passkey of a person (WebAuthn Level 3): its public half.
 *
 * @param subject whose it is
 * @param id its credential id, 1 to 1,023 bytes, unique in the domain
 * @param attested the attested credential data, with the public key, up to 4,096 bytes
 * @param signCount the last signature counter that was seen, an unsigned 32-bit number
 * @param backedUp whether it was synced to other devices when last used
 * @param label what the person calls it, 1 to 200 characters
 * @param createdAt to the millisecond
 * @param usedAt when last, to the millisecond
 */
@SuppressWarnings("ArrayRecordComponent") // copied on the way in and out
public record Passkey(
    String subject,
    byte[] id,
    byte[] attested,
    long signCount,
    boolean backedUp,
    String label,
    Instant createdAt,
    Optional<Instant> usedAt) {
  private static final int ID_MAX = 1_023;
  private static final int ATTESTED_MAX = 4_096;
  private static final long COUNT_MAX = 0xFFFF_FFFFL;

  /**
   * Checks every rule.
   *
   * @throws IllegalArgumentException naming the rule that is broken
   */
  public Passkey {
    id = id.clone();
    attested = attested.clone();
    require(id.length > 0 && id.length <= ID_MAX, "a passkey's id has 1 to 1023 bytes");
    require(
        attested.length > 0 && attested.length <= ATTESTED_MAX,
        "a passkey's attested data have 1 to 4096 bytes");
    require(signCount >= 0 && signCount <= COUNT_MAX, "a signature counter has 32 bits");
    require(Person.isText(label), "a label has 1 to 200 characters and no control characters");
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(rule);
    }
  }

  @Override
  public byte[] id() {
    return id.clone();
  }

  @Override
  public byte[] attested() {
    return attested.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Passkey that
        && subject.equals(that.subject)
        && Arrays.equals(id, that.id)
        && Arrays.equals(attested, that.attested)
        && signCount == that.signCount
        && backedUp == that.backedUp
        && label.equals(that.label)
        && createdAt.equals(that.createdAt)
        && usedAt.equals(that.usedAt);
  }

  @Override
  public int hashCode() {
    return Objects.hash(subject, Arrays.hashCode(id));
  }
}
