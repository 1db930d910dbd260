package dev.counterfoil.drills.storm;

import dev.counterfoil.drills.domain.IncidentReport;
import dev.counterfoil.drills.domain.IncidentReport.PresentedToken;
import dev.counterfoil.drills.domain.IncidentReport.SignedToken;
import dev.counterfoil.drills.domain.MonitorDesk;
import dev.counterfoil.drills.domain.PollingReceiver;
import dev.counterfoil.drills.domain.SeenFinding;
import dev.counterfoil.drills.mail.DovecotKeys;
import dev.counterfoil.drills.mail.DovecotSettings;
import dev.counterfoil.drills.mail.HttpMailClient;
import dev.counterfoil.drills.mail.HttpMailService;
import dev.counterfoil.drills.mail.MailUser;
import dev.counterfoil.drills.mail.PolicyHook;
import dev.counterfoil.drills.mail.TokenGate;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.storm.Thief.Position;
import dev.counterfoil.format.bytes.Hash;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Act 3: a key set for each domain, keys only within their time, and the verifier behind the mail
 * server's policy hook. The thief fails at his first try, and that try is what gives him away. Then
 * the signer is replaced.
 */
final class AsItShouldBe {

  private final Duration foundWithin;

  /**
   * The act.
   *
   * @param foundWithin from the first try to the last finding
   */
  AsItShouldBe(Duration foundWithin) {
    this.foundWithin = foundWithin;
  }

  void play(DrillRun run, Stage stage) throws Exception {
    run.act(3, "as it should be");
    try (PolicyHook hook = stage.policyHook()) {
      startServers(stage, hook);
      observeAtBoth(run, "should-be.honest-users-read", stage);
      firstTry(run, stage);

      Map<String, String> before = tokens(stage);
      IncidentReport report = contain(run, stage);
      stage.consumerMail().keys().trust(stage.consumer().keysWithinTheirTime());
      stage.consumerMail().reload();
      observeAtBoth(run, "should-be.honest-users-read-after", stage);
      noLogout(run, stage, before);
      worthless(run, stage);
      observeReport(run, stage, report);
      stage.keep(report);
    }
  }

  /**
   * A server for each domain, with keys within their time only, and the verifier behind the hook of
   * both.
   */
  static void startServers(Stage stage, PolicyHook hook) throws Exception {
    stage.mail().keys().trust(stage.enterprise().keysWithinTheirTime());
    stage.consumerMail().keys().trust(stage.consumer().keysWithinTheirTime());
    stage.mail().start(DovecotSettings.local().with(hook.address()));
    stage.consumerMail().start(DovecotSettings.local().with(hook.address()));
  }

  private void firstTry(DrillRun run, Stage stage) throws Exception {
    Thief thief = stage.thief();
    MailAttempts across =
        MailAttempts.glance(
            stage,
            stage.mail(),
            stage.usersOf(stage.enterprise()),
            victim -> thief.forge(stage.enterprise(), victim, Position.INVENTED));
    Instant tried = run.now();
    MailAttempts own =
        MailAttempts.glance(
            stage,
            stage.consumerMail(),
            stage.usersOf(stage.consumer()),
            victim -> thief.forge(stage.consumer(), victim, Position.INVENTED));
    run.observe(
        "should-be.refused-at-first-try",
        across.noneOpened() && own.noneOpened(),
        "across domains: " + across.summary() + "; own domain: " + own.summary());
    Map<Hash, SeenFinding> found = stage.desk().await(own.digests());
    Duration slowest = MonitorDesk.slowest(found, digest -> tried);
    boolean named = found.values().stream().allMatch(f -> f.kid().equals(thief.kid()));
    run.observe(
        "should-be.found-within-2s",
        found.size() == own.digests().size() && named && slowest.compareTo(foundWithin) <= 0,
        String.format(
            Locale.ROOT,
            "%d of %d found, the last one %.3f s after the first try",
            found.size(),
            own.digests().size(),
            slowest.toMillis() / 1000.0),
        Map.of("found", found.size(), "slowest_ms", slowest.toMillis()));
  }

  private static Map<String, String> tokens(Stage stage) throws Exception {
    Map<String, String> tokens = new HashMap<>();
    for (MailUser user : stage.usersOf(stage.consumer())) {
      tokens.put(user.name(), stage.consumer().token(user));
    }
    return tokens;
  }

  private static IncidentReport contain(DrillRun run, Stage stage) throws Exception {
    String stolen = stage.thief().kid();
    Instant began = run.now();
    IncidentReport report = stage.containConsumerSigner();
    boolean inForce = awaitNewKeys(stage, stolen);
    Duration took = Duration.between(began, run.now());
    run.observe(
        "should-be.signer-replaced",
        report.revokedKeys().contains(stolen) && inForce,
        String.format(
            Locale.ROOT,
            "log %s sealed at %d tokens, %d keys revoked, new keys in force after %.1f s",
            report.log(),
            report.size(),
            report.revokedKeys().size(),
            took.toMillis() / 1000.0),
        Map.of("took_ms", took.toMillis(), "keys_revoked", report.revokedKeys().size()));
    stage
        .receiver()
        .observe(run, "should-be.receivers-told", PollingReceiver.KEY_COMPROMISED, stolen, began);
    return report;
  }

  /** Until tokens are issued again and the published key set is without the stolen key. */
  private static boolean awaitNewKeys(Stage stage, String stolen) throws Exception {
    return Await.comes(
        () -> {
          List<String> kids =
              stage.consumer().keysWithinTheirTime().stream().map(DovecotKeys.Key::kid).toList();
          return !kids.isEmpty() && !kids.contains(stolen) && stage.consumer().isIssuing();
        });
  }

  private static void noLogout(DrillRun run, Stage stage, Map<String, String> before)
      throws Exception {
    MailAttempts attempts = new MailAttempts();
    try (HttpMailService service =
            HttpMailService.start(
                stage.mailboxes(), stage.consumer().verifier(TokenGate.Binding.BEARER_ALLOWED));
        HttpMailClient client = new HttpMailClient()) {
      for (MailUser user : stage.usersOf(stage.consumer())) {
        attempts.add(
            user.name(),
            client.read(service.mailbox(user.name()), before.getOrDefault(user.name(), "")));
      }
    }
    run.observe(
        "should-be.no-mass-logout", attempts.allOpened(), attempts.summary(), attempts.figures());
  }

  private static void worthless(DrillRun run, Stage stage) throws Exception {
    Thief thief = stage.thief();
    MailAttempts withHook =
        MailAttempts.glance(
            stage,
            stage.consumerMail(),
            stage.usersOf(stage.consumer()),
            victim -> thief.forge(stage.consumer(), victim, Position.COPIED));
    // Signatures alone, with the key set as it stands now.
    stage.consumerMail().start(DovecotSettings.local());
    MailAttempts signatureOnly =
        MailAttempts.glance(
            stage,
            stage.consumerMail(),
            stage.usersOf(stage.consumer()),
            victim -> thief.forge(stage.consumer(), victim, Position.COPIED));
    run.observe(
        "should-be.stolen-key-is-worthless",
        withHook.noneOpened() && signatureOnly.noneOpened(),
        "with the hook: " + withHook.summary() + "; signatures alone: " + signatureOnly.summary());
  }

  private static void observeReport(DrillRun run, Stage stage, IncidentReport report) {
    Set<Hash> ours = new HashSet<>();
    Set<String> subjects = new HashSet<>();
    for (SignedToken token : report.signedByUs()) {
      ours.add(token.digest());
      subjects.add(token.subject());
    }
    List<String> missing = new ArrayList<>();
    for (MailUser user : stage.usersOf(stage.consumer())) {
      if (!subjects.contains(user.name())) {
        missing.add(user.name());
      }
    }
    run.observe(
        "should-be.report-lists-our-tokens",
        missing.isEmpty()
            && ours.size() == report.size()
            && ours.containsAll(stage.issuedByConsumer()),
        "%d tokens; all %d that consumers' clients hold are listed"
            .formatted(ours.size(), stage.issuedByConsumer().size()),
        Map.of(
            "signed_by_us",
            ours.size(),
            "tokens",
            report.signedByUs().stream().map(AsItShouldBe::described).toList()));
    Set<Hash> forged = new HashSet<>();
    report.presentedUnsigned().forEach(token -> token.digest().ifPresent(forged::add));
    long among = forged.stream().filter(ours::contains).count();
    run.observe(
        "should-be.forged-are-not-among-them",
        among == 0 && !forged.isEmpty(),
        "%d forged tokens were presented, %d of them ours".formatted(forged.size(), among),
        Map.of(
            "presented_unsigned",
            forged.size(),
            "ours_among_them",
            among,
            "sightings",
            report.presentedUnsigned().stream().map(AsItShouldBe::described).toList()));
  }

  private static Map<String, Object> described(SignedToken token) {
    return Map.of(
        "position",
        token.position(),
        "digest",
        token.digest().base64Url(),
        "tenant",
        token.tenant(),
        "subject",
        token.subject());
  }

  private static Map<String, Object> described(PresentedToken token) {
    return Map.of(
        "seen_at",
        token.seenAt().toString(),
        "digest",
        token.digest().map(Hash::base64Url).orElse(""),
        "tenant",
        token.tenant(),
        "subject",
        token.subject(),
        "service",
        token.service(),
        "accepted",
        token.accepted(),
        "count",
        token.count());
  }

  /** Every user with a token of his own domain, at the server of that domain. */
  static void observeAtBoth(DrillRun run, String expectation, Stage stage) throws Exception {
    MailAttempts staff =
        MailAttempts.honest(stage, stage.mail(), stage.usersOf(stage.enterprise()));
    MailAttempts people =
        MailAttempts.honest(stage, stage.consumerMail(), stage.usersOf(stage.consumer()));
    run.observe(
        expectation,
        staff.allOpened() && people.allOpened(),
        "enterprise: " + staff.summary() + "; consumer: " + people.summary());
  }
}
