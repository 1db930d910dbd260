package dev.counterfoil.audit.intake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.audit.access.Source;
import dev.counterfoil.audit.intake.Sequences.Verdict;
import dev.counterfoil.audit.names.SampleEvents;
import dev.counterfoil.audit.names.SourceStream;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class SequencesTest {
  private static final String MAIL = "trial/mail";

  private static AuditEvent reported(String log, long sequence) throws FormatException {
    String event = SampleEvents.read("acme", sequence, "box", "s1g1.0.x").toString();
    return AuditEvent.parseReported(
        event
            .replace("\"sequence\":", "\"log_name\":\"" + log + "\",\"sequence\":")
            .getBytes(StandardCharsets.UTF_8));
  }

  private static int ranges(Sequences sequences) throws FormatException {
    int ranges = 0;
    for (JsonObject stream : sequences.toJson().objects("streams")) {
      ranges += stream.objects("ranges").size();
    }
    return ranges;
  }

  /** Every second number of every stream that there may be: as many gaps as a source can make. */
  @Test
  void whatASourceHasUsRememberIsBounded() throws Exception {
    Sequences sequences = new Sequences();
    AuditEvent[] events = new AuditEvent[60];
    for (int i = 0; i < events.length; i++) {
      events[i] = reported("a", 2L * i);
    }
    for (int log = 0; log < Sequences.STREAMS_MAX; log++) {
      SourceStream stream = new SourceStream(MAIL, "log " + log);
      for (int i = 0; i < events.length; i++) {
        assertThat(sequences.claim(stream, events[i])).isEqualTo(Verdict.NEW);
        // However many there are, a gap is told when the number behind it comes.
        if (i > 0) {
          assertThat(sequences.gapBefore(stream, 2L * i))
              .contains(new Sequences.Gap(stream, 2L * i - 1, 2L * i - 1));
        }
      }
    }
    assertThat(sequences.claim(new SourceStream(MAIL, "one more"), events[0]))
        .isEqualTo(Verdict.TOO_MANY_STREAMS);
    int most = Sequences.RANGES_MAX + 2 * Sequences.STREAMS_MAX;
    assertThat(ranges(sequences)).isBetween(Sequences.RANGES_MAX, most);
    Sequences read = Sequences.of(sequences.toJson());
    for (Sequences same : new Sequences[] {sequences.copy(), read}) {
      assertThat(same.toJson()).isEqualTo(sequences.toJson());
      // It goes on counting from what was there.
      for (AuditEvent event : events) {
        same.claim(new SourceStream(MAIL, "log 0"), reported("a", 1_000 + 2 * event.sequence()));
      }
      assertThat(ranges(same)).isLessThanOrEqualTo(most);
    }
    // The control: another source remembers all of its own.
    SourceStream other = new SourceStream("trial/files", "");
    for (AuditEvent event : events) {
      sequences.claim(other, event);
    }
    assertThat(ranges(sequences)).isBetween(Sequences.RANGES_MAX + events.length, most + 60);
  }

  @Test
  void aClaimThatIsTakenBackCountsNoMore() throws Exception {
    Sequences sequences = new Sequences();
    SourceStream stream = new SourceStream(MAIL, "");
    sequences.claim(stream, reported("a", 0));
    for (int i = 0; i < 10; i++) {
      assertThat(sequences.claim(stream, reported("a", 5))).isEqualTo(Verdict.NEW);
      assertThat(ranges(sequences)).isEqualTo(2);
      sequences.unclaim(stream, 5);
      assertThat(ranges(sequences)).isEqualTo(1);
    }
  }

  /** Of a source that spoke years ago, and of one that speaks. */
  @Test
  void anImportedHeartbeatPromisesNothing() throws Exception {
    assertThat(silencesOf("trial/@import/acme/old")).isEmpty();
    assertThat(silencesOf(MAIL)).hasSize(1);
  }

  private static List<Sequences.Heard> silencesOf(String source) throws FormatException {
    Sequences sequences = new Sequences();
    sequences.recorded(
        AuditEvent.of(
                reported("a", 0)
                    .json()
                    .with("class_uid", AuditEvent.SOURCE_ACTIVITY)
                    .with("type_uid", AuditEvent.SOURCE_ACTIVITY * 100 + 1)
                    .with(
                        "event_source",
                        JsonObject.builder().put("uid", "x").put("heartbeat_seconds", 60).build()))
            .received(source, SampleEvents.TIME));
    return sequences.changedSilences(SampleEvents.TIME + 1_000_000, SampleEvents.TIME);
  }

  /** A client whose own name ends as the auditor's cannot have other sources' gaps kept quiet. */
  @Test
  void onlyTheAuditorsWordSaysThatAGapWasAnnounced() throws Exception {
    assertThat(gapsAfter("trial/thief/" + Source.AUDITOR)).isEqualTo(1);
    assertThat(gapsAfter("trial/" + Source.AUDITOR)).isZero();
  }

  private static int gapsAfter(String announcedBy) throws FormatException {
    Sequences sequences = new Sequences();
    SourceStream mail = new SourceStream(MAIL, "");
    sequences.claim(mail, reported("a", 0));
    sequences.claim(mail, reported("a", 9));
    sequences.recorded(
        OwnEvents.gap("acme", new Sequences.Gap(mail, 1, 8), SampleEvents.TIME)
            .numbered(0)
            .received(announcedBy, SampleEvents.TIME));
    return sequences.unannounced().size();
  }
}
