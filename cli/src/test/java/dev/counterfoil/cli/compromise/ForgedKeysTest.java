package dev.counterfoil.cli.compromise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.ScriptedMonitor;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keylog.Samples;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.monitor.MonitorAdmin;
import dev.counterfoil.operations.containment.ForgedKeys;
import dev.counterfoil.operations.containment.LeftGood;
import dev.counterfoil.operations.containment.PublishedSets;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the monitor's word, or its silence, makes of a containment. */
@Timeout(120)
class ForgedKeysTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  @SuppressWarnings("NullAway.Init") // before each test
  private KeySet keys;

  @SuppressWarnings("NullAway.Init") // before each test
  private String kid;

  @BeforeEach
  void aKeyLog() throws Exception {
    Samples samples = new Samples();
    KeyLogState state = samples.nothing();
    for (byte[] entry : samples.keyLog()) {
      state.apply(entry);
    }
    keys = state.keySet(state.size(), Samples.NOW);
    kid = samples.statement().kid();
  }

  private ForgedKeys seen(JsonObject... findings) throws IOException {
    return seen(Samples.NOW, findings);
  }

  private ForgedKeys seen(Instant now, JsonObject... findings) throws IOException {
    Path socket = new DataFolder(folder).monitor().resolve("admin.sock");
    Files.deleteIfExists(socket);
    try (ScriptedMonitor monitor = new ScriptedMonitor(folder)) {
      monitor.says("forged-keys", forged(kid, 2), forged("other", 9));
      monitor.says("findings", findings);
      MonitorAdmin admin = new MonitorAdmin(socket, Duration.ofSeconds(60));
      return ForgedKeys.seen(admin, keys, now).orElseThrow();
    }
  }

  private static JsonObject forged(String kid, long count) {
    return JsonObject.builder().put("kid", kid).put("count", count).build();
  }

  private JsonObject lost(String kind, String domain, Instant at) {
    return JsonObject.builder()
        .put("kind", kind)
        .put("domain", domain)
        .put("first_seen_ms", at.toEpochMilli())
        .build();
  }

  @Test
  void theMonitorCountsAndOnlyLiveKeysOfOursStay() throws Exception {
    ForgedKeys seen = seen();
    assertThat(seen.counts()).isEqualTo(Map.of(kid, 2L));
    assertThat(seen.lostBefore()).isEmpty();
    assertThat(seen.forgotten(keys, Optional.empty(), Samples.NOW)).isEmpty();
  }

  /** The thief's next token is signed with another one of the same log. */
  @Test
  void theLogOfAKeyIsKnownThatIsOverToo() throws Exception {
    assertThat(seen().logs()).containsExactly("s1g1");
    ForgedKeys later = seen(keys.key(kid).orElseThrow().verifyUntil());
    assertThat(later.counts()).isEmpty();
    assertThat(later.logs()).containsExactly("s1g1");
  }

  @Test
  void ofKeysThatAreOlderThanWhatTheMonitorHasNothingIsKnown() throws Exception {
    String domain = keys.domain();
    Instant from = Samples.NOW;
    assertThat(keys.statedAt()).as("when it was stated").containsExactly(Map.entry(kid, from));
    Instant before = from.minusSeconds(1);
    Instant after = from.plusSeconds(1);
    for (String kind : List.of("database-lost", "audit-log-of-another")) {
      ForgedKeys seen = seen(lost(kind, domain, before), lost(kind, domain, after));
      assertThat(seen.lostBefore()).as("the last").contains(after);
      assertThat(seen.forgotten(keys, Optional.empty(), Samples.NOW)).contains(kid);
      String log = keys.key(kid).orElseThrow().log().orElseThrow();
      assertThat(seen.forgotten(keys, Optional.of(log), Samples.NOW)).contains(kid);
      assertThat(seen.forgotten(keys, Optional.of("s1"), Samples.NOW)).contains(kid);
      assertThat(seen.forgotten(keys, Optional.of("s1g77"), Samples.NOW))
          .as("whoever had one of its logs may have had the others")
          .contains(kid);
      assertThat(seen.forgotten(keys, Optional.of("s9"), Samples.NOW)).isEmpty();
    }
    assertThat(seen(lost("database-lost", "other", after)).lostBefore()).isEmpty();
    assertThat(seen(lost("limit-near", domain, after)).lostBefore()).isEmpty();
    assertThat(
            seen(lost("database-lost", domain, before))
                .forgotten(keys, Optional.empty(), Samples.NOW))
        .as("one that was stated later")
        .doesNotContain(kid);
  }

  /** Each form of the command, by what it names. */
  @Test
  void aKeyThatTheAuditLogTellsOfIsSuspectWhicheverSignerIsNamed() throws Exception {
    Instant before = Samples.NOW.minusSeconds(1);
    JsonObject named =
        lost("database-lost", keys.domain(), before)
            .with(
                "detail",
                JsonObject.builder().put("forged_kids", List.of(kid, "of another domain")).build());
    ForgedKeys seen = seen(named);
    assertThat(seen.told()).containsExactly(kid);
    for (Optional<String> of :
        List.of(
            Optional.<String>empty(), Optional.of("s1"), Optional.of("s1g9"), Optional.of("s9"))) {
      assertThat(seen.suspect(keys, of, Samples.NOW)).as("%s", of).containsExactly(kid);
      assertThat(seen(lost("database-lost", keys.domain(), before)))
          .as("the control: it tells of none")
          .returns(Set.of(), one -> one.suspect(keys, of, Samples.NOW));
    }
  }

  @Test
  void oneThatHangsSaysNothing() throws Exception {
    Path socket = folder.resolve("admin.sock");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      assertThat(
              ForgedKeys.seen(new MonitorAdmin(socket, Duration.ofSeconds(1)), keys, Samples.NOW))
          .isEmpty();
    }
  }

  private ContainmentVerdict verdict(boolean forgeriesKnown, String... found) {
    return verdict(List.of(), forgeriesKnown, Set.of(), Optional.of(List.of()), found);
  }

  private ContainmentVerdict verdict(
      List<SignersContained.Failed> failed,
      boolean forgeriesKnown,
      Set<String> forgotten,
      Optional<List<HeldTokens>> held,
      String... found) {
    return ContainmentVerdict.of(
        new PublishedSets.Look(
            List.of("/jwks"),
            List.of(),
            List.of(found).stream().map(one -> new PublishedSets.Found(one, "/jwks")).toList()),
        Set.of(kid),
        failed,
        forgeriesKnown,
        forgotten,
        Set.of(),
        held,
        true,
        Optional.of(keys),
        Samples.NOW);
  }

  private static String text(ContainmentVerdict verdict) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    verdict.say(new PrintStream(out, true, StandardCharsets.UTF_8), Samples.NOW);
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void withoutTheMonitorNothingIsSaidToBeContained() {
    assertThat(verdict(true).isContained()).as("the control").isTrue();
    assertThat(text(verdict(true))).startsWith("CONTAINED:");
    assertThat(verdict(false).isContained()).isFalse();
    assertThat(text(verdict(false))).contains("REVOKED, AND NOT CHECKED", "the monitor");
    assertThat(text(verdict(false, kid)))
        .contains("NOT CONTAINED", kid + " at /jwks")
        .contains("one theft takes all keys of a log")
        .doesNotContain("keys revoke");
  }

  @Test
  void whereWhatWasSeenIsLostNothingIsSaidToBeContained() {
    ContainmentVerdict lost = verdict(List.of(), true, Set.of("other"), Optional.of(List.of()));
    assertThat(lost.isContained()).isFalse();
    assertThat(text(lost))
        .contains("NOT CONTAINED", "The monitor lost its database")
        .contains("  other: run counterfoil keys revoke other");
    assertThat(text(verdict(List.of(), true, Set.of(kid), Optional.of(List.of()))))
        .contains("): run counterfoil compromise s1g1 --yes")
        .doesNotContain("keys revoke");
  }

  @Test
  void whereTokensThatStayValidAreNotHeldNothingIsSaidToBeContained() {
    LeftGood left = new LeftGood("s1g1", new LinkedHashMap<>(Map.of(kid, 7L)));
    ContainmentVerdict all =
        verdict(
            List.of(), true, Set.of(), Optional.of(List.of(new HeldTokens(left, Optional.of(7L)))));
    assertThat(all.isContained()).as("the control").isTrue();
    ContainmentVerdict some =
        verdict(
            List.of(), true, Set.of(), Optional.of(List.of(new HeldTokens(left, Optional.of(6L)))));
    assertThat(some.isContained()).isFalse();
    assertThat(text(some)).contains("NOT CONTAINED", "does not hold all tokens that stay valid");
    ContainmentVerdict unknown = verdict(List.of(), true, Set.of(), Optional.empty());
    assertThat(unknown.isContained()).isFalse();
    assertThat(text(unknown)).contains("REVOKED, AND NOT CHECKED", "what it holds");
  }

  @Test
  void whereASuspectIsNotReplacedNothingIsSaidToBeContained() {
    ContainmentVerdict verdict =
        verdict(
            List.of(new SignersContained.Failed("s2", CommandFailure.unavailable("it is down"))),
            true,
            Set.of(),
            Optional.of(List.of()));
    assertThat(verdict.isContained()).isFalse();
    assertThat(text(verdict))
        .contains("NOT CONTAINED", "a suspect signer is not replaced")
        .contains("signer s2 is not replaced, and its keys stay valid: it is down");
  }

  @Test
  void aCopyOfAKeyThatIsStillPublishedMayBeginNow() {
    assertThat(verdict(true).lastCopyEnds()).as("the control: it was not published").isEmpty();
    Instant end = verdict(true, kid).lastCopyEnds().orElseThrow();
    assertThat(end).isAfter(Samples.NOW);
    assertThat(text(verdict(true, kid))).contains("that was fetched by now ends at " + end);
  }
}
