package dev.counterfoil.format.keylog;

import static dev.counterfoil.format.keylog.KeyLogCases.TAKEN;

import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeyLogCases.Case;
import dev.counterfoil.format.keys.GroupHandle;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Key logs whose last entry revokes a group, or is about a revocation log. */
final class KeyLogRevocationCases {
  private static final Instant NOW = Samples.NOW;
  private static final Instant UNTIL = NOW.plusSeconds(900);

  private final Samples samples;
  private final List<Case> cases = new ArrayList<>();

  KeyLogRevocationCases(Samples samples) {
    this.samples = samples;
  }

  List<Case> make() throws GeneralSecurityException {
    GroupHandle group = GroupHandle.of(new byte[GroupHandle.BYTES]);
    Hash root = Hash.sha256();
    byte[] stated = KeyLogEntry.of(new KeyLogEvent.RevocationLogStated(1), NOW);
    byte[] ended = KeyLogEntry.of(new KeyLogEvent.RevocationLogEnded(1, 2, root, UNTIL), NOW);
    add(
        "group-revoked",
        "all tokens of a group that were issued before a time",
        TAKEN,
        KeyLogEntry.of(new KeyLogEvent.GroupRevoked(group, NOW, UNTIL), NOW));
    add(
        "group-revoked-short-handle",
        "a handle of 15 bytes",
        "a group's handle is not of 16 bytes",
        text(
            "{\"at\":1795608000,\"before\":1795608000,\"event\":\"group-revoked\",\"group\":\"AAAAAAAAAAAAAAAAAAAA\",\"until\":1795608900,\"v\":1}"));
    add("revocation-log-stated", "the first revocation log", TAKEN, stated);
    add(
        "revocation-log-stated-after-window",
        "it gives no trust, so no delegation has to stand",
        TAKEN,
        KeyLogEntry.of(new KeyLogEvent.RevocationLogStated(1), NOW.plus(Duration.ofDays(40))));
    add(
        "revocation-log-stated-second-first",
        "the first one has number 1",
        "a revocation log does not follow the one before",
        KeyLogEntry.of(new KeyLogEvent.RevocationLogStated(2), NOW));
    add(
        "revocation-log-stated-while-open",
        "one is open",
        "a revocation log does not follow the one before",
        stated,
        KeyLogEntry.of(new KeyLogEvent.RevocationLogStated(2), NOW));
    add("revocation-log-ended", "with its tree", TAKEN, stated, ended);
    add(
        "revocation-log-ended-not-open",
        "none is open",
        "a revocation log ends that is not open",
        ended);
    add(
        "revocation-log-ended-twice",
        "it ended before",
        "a revocation log ends that is not open",
        stated,
        ended,
        ended);
    add(
        "revocation-log-next",
        "after the end of the one before",
        TAKEN,
        stated,
        ended,
        KeyLogEntry.of(new KeyLogEvent.RevocationLogStated(2), NOW));
    add(
        "revocation-log-number-0",
        "numbers begin with 1",
        "the first revocation log is number 1",
        text("{\"at\":1795608000,\"event\":\"revocation-log-stated\",\"number\":0,\"v\":1}"));
    return cases;
  }

  private void add(String name, String comment, String expect, byte[]... last)
      throws GeneralSecurityException {
    List<byte[]> entries = new ArrayList<>(samples.keyLog());
    entries.addAll(List.of(last));
    cases.add(new Case(name, comment, expect, entries));
  }

  private static byte[] text(String json) {
    return json.getBytes(StandardCharsets.US_ASCII);
  }
}
