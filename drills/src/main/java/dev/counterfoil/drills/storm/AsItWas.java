package dev.counterfoil.drills.storm;

import dev.counterfoil.drills.domain.MonitorDesk;
import dev.counterfoil.drills.domain.SeenFinding;
import dev.counterfoil.drills.mail.DovecotKeys;
import dev.counterfoil.drills.mail.DovecotSettings;
import dev.counterfoil.drills.mail.EventGrade;
import dev.counterfoil.drills.mail.MailAccessLog;
import dev.counterfoil.drills.mail.MailUser;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.storm.Thief.Position;
import dev.counterfoil.drills.theft.Forger;
import dev.counterfoil.format.bytes.Hash;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Act 1: one mail server for both domains checks signatures by itself against one merged key set,
 * as the mail system of the breach did. A consumer key opens enterprise mailboxes. Counterfoil is
 * not asked; it only hears what the mail server's events say.
 */
final class AsItWas {

  private final Duration foundWithin;

  /**
   * The act.
   *
   * @param foundWithin from the mail server's event to the finding
   */
  AsItWas(Duration foundWithin) {
    this.foundWithin = foundWithin;
  }

  void play(DrillRun run, Stage stage) throws Exception {
    run.act(1, "as it was");
    List<DovecotKeys.Key> merged = stage.mergedKeys();
    stage.mail().keys().trust(merged);
    stage.mail().start(DovecotSettings.local());
    run.says(
        "one mail server, %d mailboxes, %d messages, one key set of %d keys from two issuers"
            .formatted(stage.users().size(), stage.mailboxes().size(), merged.size()));
    List<MailUser> victims = stage.usersOf(stage.enterprise());
    MailAttempts honest;
    MailAttempts plunder;
    MailAttempts withOldKey;
    MailAccessLog heard;
    Map<Hash, SeenFinding> found;
    try (MailReporter reporter = MailReporter.start(stage.mail(), stage.desk())) {
      honest = MailAttempts.honest(stage, stage.mail(), stage.users());
      run.observe(
          "as-it-was.honest-users-read", honest.allOpened(), honest.summary(), honest.figures());

      Thief thief = stage.thief();
      plunder =
          MailAttempts.plunder(
              stage,
              stage.mail(),
              victims,
              victim -> thief.forge(stage.enterprise(), victim, Position.INVENTED));
      run.observe(
          "as-it-was.forged-opens", plunder.allOpened(), plunder.summary(), plunder.figures());

      Thief withOld = stage.thiefWithOldKey();
      withOldKey =
          MailAttempts.plunder(
              stage,
              stage.mail(),
              victims.subList(0, 1),
              victim -> withOld.forge(stage.enterprise(), victim, Position.COPIED));
      run.observe(
          "as-it-was.old-key-opens",
          withOldKey.allOpened(),
          withOldKey.summary(),
          withOldKey.figures());

      found = stage.desk().await(forged(plunder, withOldKey));
      heard = reporter.log();
    }
    observeTimes(run, heard, found, forged(plunder, withOldKey));
    observeExtent(run, heard, found, plunder, withOldKey, victims);
    observeIncident(run, stage, victims);
    Set<String> grades =
        found.values().stream().map(SeenFinding::grade).collect(Collectors.toSet());
    run.observe(
        "as-it-was.grade",
        grades.equals(Set.of("digest")),
        "findings rest on: " + String.join(", ", grades),
        Map.of("grades", List.copyOf(grades)));
    compareGrades(run, stage);
    Map<Hash, SeenFinding> alarms = stage.desk().about(honest.digests());
    run.observe(
        "as-it-was.no-false-alarm",
        alarms.isEmpty(),
        "%d of %d honest tokens".formatted(alarms.size(), honest.digests().size()));
  }

  /**
   * The same copy at two grades of events. A second forgery that claims alone do give away follows
   * it: once that one is found, the monitor has judged the copy too.
   */
  private static void compareGrades(DrillRun run, Stage stage) throws Exception {
    Thief thief = stage.thief();
    MailUser victim = stage.usersOf(stage.consumer()).getFirst();
    String honest = stage.consumer().token(victim);
    String copy = thief.widen(honest);
    String id = Forger.claims(copy).path("jti").asString("");

    stage.mail().start(DovecotSettings.local().with(EventGrade.CLAIMS));
    boolean opened;
    boolean judged;
    boolean found;
    int heard;
    try (MailReporter reporter = MailReporter.start(stage.mail(), stage.desk())) {
      opened = opens(stage, victim, copy);
      String follower = thief.forge(stage.consumer(), victim, Position.PAST_THE_TIP);
      opened &= opens(stage, victim, follower);
      judged = stage.desk().comes(Forger.claims(follower).path("jti").asString(""));
      found = stage.desk().isThere(id);
      heard = reporter.log().sessions().size();
    }
    run.observe(
        "as-it-was.claims-alone-miss-a-copy",
        opened && judged && !found && heard == 2,
        "the copy opened the mailbox, a forgery after it was %s, the copy %s"
            .formatted(judged ? "found" : "not found", found ? "too" : "was not"));

    stage.mail().start(DovecotSettings.local());
    Set<Hash> digest = Set.of(MailAttempts.digest(copy));
    boolean byDigest;
    try (MailReporter reporter = MailReporter.start(stage.mail(), stage.desk())) {
      opened = opens(stage, victim, copy);
      byDigest = stage.desk().await(digest).keySet().equals(digest);
      heard = reporter.log().sessions().size();
    }
    run.observe(
        "as-it-was.digest-finds-the-copy",
        opened && byDigest && heard == 1,
        "the copy opened the mailbox and was " + (byDigest ? "found" : "not found"));
  }

  private static boolean opens(Stage stage, MailUser victim, String token) throws Exception {
    return MailAttempts.glance(stage, stage.mail(), List.of(victim), user -> token).allOpened();
  }

  private static Set<Hash> forged(MailAttempts... attempts) {
    Set<Hash> digests = new HashSet<>();
    for (MailAttempts attempt : attempts) {
      digests.addAll(attempt.digests());
    }
    return digests;
  }

  private void observeTimes(
      DrillRun run, MailAccessLog heard, Map<Hash, SeenFinding> found, Set<Hash> forged) {
    Map<String, Instant> firstUse = new HashMap<>();
    for (MailAccessLog.Session session : heard.sessions()) {
      session
          .login()
          .digest()
          .ifPresent(
              digest ->
                  firstUse.merge(digest, session.login().at(), (a, b) -> a.isBefore(b) ? a : b));
    }
    Duration slowest = Duration.ZERO;
    for (Map.Entry<Hash, SeenFinding> entry : found.entrySet()) {
      Instant used = firstUse.get(entry.getKey().hex());
      if (used != null) {
        Duration took = Duration.between(used, entry.getValue().raisedAt());
        slowest = took.compareTo(slowest) > 0 ? took : slowest;
      }
    }
    run.observe(
        "as-it-was.found-within-2s",
        found.keySet().equals(forged) && slowest.compareTo(foundWithin) <= 0,
        String.format(
            Locale.ROOT,
            "%d of %d forged tokens found, the slowest %.3f s after its first use",
            found.size(),
            forged.size(),
            slowest.toMillis() / 1000.0),
        Map.of("forged", forged.size(), "found", found.size(), "slowest_ms", slowest.toMillis()));
  }

  private static void observeIncident(DrillRun run, Stage stage, List<MailUser> victims)
      throws Exception {
    Set<String> expected = victims.stream().map(MailUser::name).collect(Collectors.toSet());
    Await.comes(() -> stage.desk().touched().subjects().containsAll(expected));
    MonitorDesk.Touched touched = stage.desk().touched();
    run.observe(
        "as-it-was.incident-names-the-victims",
        touched.subjects().equals(expected),
        "%s%d people were touched, by the open incidents"
            .formatted(touched.exact() ? "" : "at least ", touched.subjects().size()),
        Map.of("touched", touched.subjects().size(), "exact", touched.exact()));
  }

  private static void observeExtent(
      DrillRun run,
      MailAccessLog heard,
      Map<Hash, SeenFinding> found,
      MailAttempts plunder,
      MailAttempts withOldKey,
      List<MailUser> victims) {
    Set<String> digests = found.keySet().stream().map(Hash::hex).collect(Collectors.toSet());
    long read =
        heard.sessions().stream()
            .filter(session -> session.login().digest().filter(digests::contains).isPresent())
            .mapToLong(session -> Set.copyOf(session.read()).size())
            .sum();
    Set<String> named =
        found.values().stream().map(SeenFinding::subject).collect(Collectors.toSet());
    Set<String> expected = victims.stream().map(MailUser::name).collect(Collectors.toSet());
    long taken = plunder.messages() + withOldKey.messages();
    run.observe(
        "as-it-was.mailboxes-and-messages",
        named.equals(expected) && read == taken,
        "%d mailboxes named, %d of %d messages taken were seen"
            .formatted(named.size(), read, taken),
        Map.of("mailboxes", named.size(), "messages_seen", read, "messages_taken", taken));
  }
}
