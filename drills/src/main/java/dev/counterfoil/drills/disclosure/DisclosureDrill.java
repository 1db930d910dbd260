package dev.counterfoil.drills.disclosure;

import dev.counterfoil.custodian.CustodianProcess;
import dev.counterfoil.custodian.CustodyRoutes;
import dev.counterfoil.disclosure.DisclosureException;
import dev.counterfoil.disclosure.PublicStatement;
import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.TheftNotice;
import dev.counterfoil.disclosure.advisories.CsafCheck;
import dev.counterfoil.disclosure.advisories.CsafDocument;
import dev.counterfoil.disclosure.advisories.ProviderSettings;
import dev.counterfoil.disclosure.advisories.TlpLabel;
import dev.counterfoil.disclosure.documents.StatementAdvisory;
import dev.counterfoil.disclosure.record.IncidentParts;
import dev.counterfoil.drills.domain.PollingReceiver;
import dev.counterfoil.drills.log.LogStage;
import dev.counterfoil.drills.log.SteadyTraffic.Acknowledged;
import dev.counterfoil.drills.log.StolenPrivateKeys;
import dev.counterfoil.drills.run.Await;
import dev.counterfoil.drills.run.Drill;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.theft.Forger;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.monitor.MonitorAdmin;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.RequestContext;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.reading.HttpReadSide;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A stolen key opens a service. From the monitor's incident come claims, notices that the tenant
 * verifies offline, a statement, clocks; then a claim proves wrong, and the correction reaches
 * everyone.
 */
public final class DisclosureDrill extends Drill {
  private static final int TOKENS_BEFORE = 20;
  private static final Expectations SERVICE =
      Expectations.audience(LogStage.AUDIENCE)
          .accessToken()
          .tenant(LogStage.TENANT)
          .bearerAllowed();

  private static final ProviderSettings PROVIDER =
      new ProviderSettings(
          URI.create("https://trust.example"),
          "Drill",
          URI.create("https://drill.example"),
          "vendor",
          Optional.empty(),
          Optional.empty(),
          true,
          true,
          Optional.empty());

  /** The drill as an operator sees it. */
  public DisclosureDrill() {
    super("disclosure");
  }

  @Override
  protected void play(DrillRun run) throws Exception {
    run.act(1, "before");
    LogStage domain = LogStage.withThiefAndReceivers(run);
    DisclosureStage stage = run.open(new DisclosureStage(run, domain));
    PollingReceiver receiver = domain.receiver();
    stage.start(true);
    // What the tenant has from before the incident, and all that it needs later.
    TrustPolicy policy = domain.policy();
    String end = stage.stateKeys();
    run.observe("disclosure.keys-stated", true, "the keys of notices are stated until " + end);

    run.act(2, "the theft");
    String incident = theft(run, domain);
    takeOver(stage, domain, incident);
    claims(stage, incident, run);

    run.act(3, "telling");
    publish(run, stage, incident, policy);
    notices(run, stage, receiver, incident, policy);
    clocks(run, stage, incident);

    run.act(4, "it was wrong");
    correct(run, stage, incident, policy);
    audited(run, domain);

    run.act(5, "the process's own key");
    replaced(run, stage, domain, incident, policy);

    run.act(6, "another history");
    rewritten(run, stage);
  }

  private static void replaced(
      DrillRun run, DisclosureStage stage, LogStage domain, String incident, TrustPolicy policy)
      throws Exception {
    SignedDisclosure second = read(stage, incident, 2);
    boolean stoodBefore = !second.isKeyWithdrawn(policy, domain.keySet());
    stage.replaceKey();
    JsonObject published =
        stage.did("publish", about(incident).with("draft", draft(stage, incident).string("draft")));
    await(stage, published.strings("notices").getFirst());
    SignedDisclosure third = read(stage, incident, 3);
    PublicStatement statement =
        PublicStatement.verify(List.of(read(stage, incident, 1), second, third), policy);
    boolean isWithdrawn = second.isKeyWithdrawn(policy, domain.keySet());
    boolean standsNow = !third.isKeyWithdrawn(policy, domain.keySet());
    run.observe(
        "disclosure.key-replaced",
        stoodBefore && isWithdrawn && standsNow && statement.version() == 3,
        "the key log has withdrawn the first key and states a second one, which signed version 3");
  }

  private static void rewritten(DrillRun run, DisclosureStage stage) throws Exception {
    Path data = run.folder().resolve("custodian");
    Path alarms = data.resolve("alarms.ndjson");
    try (CustodianProcess custodian = stage.custodian(data)) {
      URI held =
          URI.create(
              "http://127.0.0.1:%d/logs/%s/held"
                  .formatted(custodian.port(), CustodyRoutes.nameOf("drill.example/disclosure")));
      HttpReadSide http = HttpReadSide.create(Await.PATIENCE);
      Await.require(
          "the custodian holds the log",
          () ->
              new String(http.get(held, 1 << 16), StandardCharsets.UTF_8)
                  .startsWith(whole(entries(stage))));
      // What was still being recorded of the last notices is by now: nothing else is asked.
      long size = entries(stage);
      String whole = whole(size);
      boolean isQuiet = !Files.readString(alarms).contains("log-fork");
      run.observe("disclosure.custodian-holds", isQuiet, "all " + size + " entries, and no alarm");
      stage.rewrite(size);
      Await.require("an alarm", () -> Files.readString(alarms).contains("log-fork"));
      run.observe(
          "disclosure.rewritten-log-noticed",
          new String(http.get(held, 1 << 16), StandardCharsets.UTF_8).startsWith(whole),
          "log-fork at the custodian, which keeps the true log");
    }
  }

  private static long entries(DisclosureStage stage) throws Exception {
    return stage.did("status", JsonObject.builder().build()).number("entries");
  }

  private static String whole(long size) {
    return "drill.example/disclosure\n" + size + "\n";
  }

  /** The audit log gets its events from the process over HTTP, a moment later. */
  private static void audited(DrillRun run, LogStage domain) throws Exception {
    Set<String> wanted =
        Set.of(
            "disclosure.open",
            "claim.change",
            "statement.approve",
            "statement.publish",
            "notice.send",
            "clock.decide");
    Set<String> found = new TreeSet<>();
    String user = System.getProperty("user.name");
    Await.require(
        "the events of what was commanded",
        () -> {
          monitor(domain)
              .auditSearch(
                  LogStage.DOMAIN,
                  KeyCeiling.OWN_TENANT,
                  JsonObject.builder().put("actor", user).build(),
                  line ->
                      wanted.stream()
                          .filter(code -> line.toString().contains("\"" + code + "\""))
                          .forEach(found::add));
          return found.containsAll(wanted);
        });
    run.observe(
        "disclosure.audited", found.equals(wanted), "of " + user + ": " + String.join(", ", found));
  }

  private static String theft(DrillRun run, LogStage domain) throws Exception {
    domain.awaitTokens(TOKENS_BEFORE, Await.PATIENCE);
    Verifier service =
        run.open(
            Verifier.builder(domain.policy())
                .network(HttpReadSide.create(Await.PATIENCE))
                .clock(run.clock())
                .reportedOnly(domain.desk().sink(domain.policy().issuer()))
                .build());
    LogStage.awaitReady(service);
    Acknowledged honest = domain.traffic().acknowledged().getFirst();
    Forger thief = new Forger(StolenPrivateKeys.stolen(run.folder()));
    String forged = thief.copyOf(honest.token(), claims -> claims.put("sub", "alice"));
    boolean accepted =
        service.verify(
                forged,
                SERVICE,
                RequestContext.of("GET", URI.create("https://archive.example/inbox"), "192.0.2.1"))
            instanceof Verified;
    Hash digest =
        Hash.sha256(
            forged.substring(0, forged.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII));
    domain.desk().await(Set.of(digest));
    MonitorAdmin monitor = monitor(domain);
    List<JsonObject> incidents = new ArrayList<>();
    Await.require(
        "an incident that names the tenant",
        () -> {
          incidents.clear();
          List<JsonObject> open = new ArrayList<>();
          monitor.incidents(false, open::add);
          for (JsonObject one : open) {
            monitor.incident(number(one), incidents::add);
          }
          incidents.removeIf(one -> !one.toString().contains("\"alice\""));
          return !incidents.isEmpty();
        });
    run.observe(
        "disclosure.incident",
        accepted,
        "a service let a forged token in, and incident %d names it"
            .formatted(number(incidents.getFirst())));
    return Long.toString(number(incidents.getFirst()));
  }

  private static MonitorAdmin monitor(LogStage domain) throws Exception {
    return new MonitorAdmin(domain.context().monitor().adminSocket().path());
  }

  private static long number(JsonObject incident) {
    return incident.get("id") instanceof Long id ? id : 0;
  }

  private static void takeOver(DisclosureStage stage, LogStage domain, String incident)
      throws Exception {
    List<JsonObject> shown = new ArrayList<>();
    monitor(domain).incident(Long.parseLong(incident), shown::add);
    IncidentParts parts = IncidentParts.of(shown.getFirst());
    for (JsonObject part : parts.parts()) {
      stage.did("incident-part", part);
    }
    stage.did("open", parts.summary());
  }

  private static JsonObject about(String incident) {
    return JsonObject.builder().put("incident", incident).build();
  }

  private static void claims(DisclosureStage stage, String incident, DrillRun run)
      throws Exception {
    claim(stage, incident, "confirmed", "A signing key was used outside its signer.", "");
    claim(
        stage,
        incident,
        "hypothesis",
        "The key left the signer in a crash dump.",
        "a dump that holds the key");
    claim(stage, incident, "unknown", "We do not know who holds the key.", "the police looks");
    JsonObject texts =
        JsonObject.builder()
            .put("headline", "A signing key was stolen")
            .put("summary", "Tokens were forged for accounts of a tenant. Its cause is not known.")
            .put("advice", "Treat what the accounts in your notice could read as read.")
            .put("next-word", run.now().plus(Duration.ofDays(1)).toString())
            .build();
    stage.did("texts", about(incident).with("texts", texts));
  }

  private static void claim(
      DisclosureStage stage, String incident, String state, String text, String reason)
      throws Exception {
    stage.did(
        "claim-add",
        about(incident)
            .with(
                "claim",
                JsonObject.builder()
                    .put("state", state)
                    .put("text", text)
                    .put("reason", reason)
                    .put("evidence", state.equals("confirmed") ? List.of("finding 1") : List.of())
                    .build()));
  }

  private static JsonObject draft(DisclosureStage stage, String incident) throws Exception {
    return stage.did("draft", about(incident));
  }

  private static void publish(
      DrillRun run, DisclosureStage stage, String incident, TrustPolicy policy) throws Exception {
    stage.did(
        "texts",
        about(incident)
            .with(
                "texts",
                JsonObject.builder()
                    .put("summary", "The key left the signer in a crash dump.")
                    .build()));
    JsonObject contradicting = draft(stage, incident);
    stage.did(
        "texts",
        about(incident)
            .with(
                "texts",
                JsonObject.builder()
                    .put("summary", "Tokens were forged. The key may have left in a crash dump.")
                    .build()));
    JsonObject draft = draft(stage, incident);
    boolean isFound =
        contradicting.strings("objections").stream()
            .anyMatch(line -> line.contains("says as a fact what claim C2"));
    run.observe(
        "disclosure.contradiction-blocks",
        isFound && draft.strings("objections").isEmpty(),
        "a hypothesis told as a fact: " + contradicting.strings("objections"));
    JsonObject question = about(incident).with("draft", draft.string("draft"));
    stage.did("approve", question);
    Answer alone = stage.tell("publish", question);
    // One Unix user plays the drill: what waits for two is seen to wait, and then not asked for.
    stage.start(false);
    JsonObject published = stage.did("publish", question);
    SignedDisclosure signed = read(stage, incident, 1);
    PublicStatement statement = PublicStatement.verify(List.of(signed), policy);
    run.observe(
        "disclosure.statement",
        alone instanceof Answer.Refused && statement.version() == 1 && signed.receipt().isPresent(),
        "one person alone is refused; version 1 verifies offline with its receipt, check code "
            + published.string("check_code"));
    byte[] advisory =
        StatementAdvisory.first(statement, "CFI-" + incident, PROVIDER, TlpLabel.WHITE, run.now());
    Files.write(advisory(run), advisory);
    run.observe(
        "disclosure.advisory",
        CsafCheck.faults(advisory).isEmpty()
            && new String(advisory, StandardCharsets.UTF_8).contains("What may be, not confirmed"),
        "the statement makes a valid CSAF document, with the hypothesis as one");
  }

  private static Path advisory(DrillRun run) {
    return run.folder().resolve("advisory.json");
  }

  private static SignedDisclosure read(DisclosureStage stage, String incident, int version)
      throws Exception {
    return SignedDisclosure.parse(
        Files.readAllBytes(
            stage.published(
                "incidents/%s/versions/%d/statement.json".formatted(incident, version))));
  }

  private static void notices(
      DrillRun run,
      DisclosureStage stage,
      PollingReceiver receiver,
      String incident,
      TrustPolicy policy)
      throws Exception {
    JsonObject sent = stage.did("notify", about(incident).with("draft", ""));
    SignedDisclosure file = await(stage, sent.strings("notices").getFirst());
    TheftNotice notice = TheftNotice.verify(file, policy, LogStage.TENANT);
    boolean isKnown =
        Files.readString(stage.published("codes/" + file.checkCode() + ".txt"))
            .contains(file.digest().hex());
    run.observe(
        "disclosure.notice",
        isKnown
            && notice.affected().stream()
                .anyMatch(one -> one.subject().equals("alice") && !one.tokenNames().isEmpty()),
        "the tenant got its notice by webhook, and verified it with the policy from before;"
            + " its code stands on the page",
        Map.of("accounts", notice.affected().size()));
    run.observe(
        "disclosure.notice-signalled",
        receiver.hearsOfNotice(file.digest()),
        "the tenant's stream said that there is a notice with this digest, and nothing of its"
            + " text");
    String[] parts = file.jws().split("\\.", -1);
    String changed =
        new String(Base64Url.decode(parts[1]), StandardCharsets.UTF_8).replace("alice", "nobody");
    SignedDisclosure forged =
        new SignedDisclosure(
            parts[0]
                + "."
                + Base64Url.encode(changed.getBytes(StandardCharsets.UTF_8))
                + "."
                + parts[2],
            file.key(),
            file.receipt());
    boolean refused;
    try {
      TheftNotice.verify(forged, policy, LogStage.TENANT);
      refused = false;
    } catch (DisclosureException e) {
      refused = true;
    }
    run.observe("disclosure.changed-notice-refused", refused, "refused: " + refused);
  }

  private static SignedDisclosure await(DisclosureStage stage, String code) throws Exception {
    Await.require("a notice at the webhook", () -> stage.received().containsKey(code));
    return Objects.requireNonNull(stage.received().get(code));
  }

  private static void clocks(DrillRun run, DisclosureStage stage, String incident)
      throws Exception {
    stage.did(
        "clock",
        about(incident)
            .with("rule", "gdpr-33", "event", "aware")
            .with("at", run.now().getEpochSecond(), "met", false)
            .with("why", "a forged token was accepted"));
    stage.did(
        "clock",
        about(incident)
            .with("rule", "nis2-23", "event", "aware-significant")
            .with("at", run.now().getEpochSecond(), "met", false)
            .with("why", "suspected malice"));
    List<String> due = due(stage);
    run.observe(
        "disclosure.clocks",
        due.contains("gdpr-33/notification")
            && due.indexOf("nis2-23/early-warning") < due.indexOf("gdpr-33/notification"),
        "due, in order: " + String.join(", ", due));
  }

  private static List<String> due(DisclosureStage stage) throws Exception {
    List<String> due = new ArrayList<>();
    for (JsonObject one : stage.did("clocks", JsonObject.builder().build()).objects("due")) {
      due.add(one.string("rule") + "/" + one.string("stage"));
    }
    return due;
  }

  private static void correct(
      DrillRun run, DisclosureStage stage, String incident, TrustPolicy policy) throws Exception {
    stage.did(
        "claim-withdraw",
        about(incident)
            .with("id", "C2", "reason", "No dump was written.")
            .with(
                "correction",
                JsonObject.builder()
                    .put("wrong", "The key did not leave in a dump.")
                    .put("found_at", run.now().getEpochSecond() + 1)
                    .put("found_how", "We read every dump.")
                    .put("believed_because", "A crash came before the theft.")
                    .put("prevention", "A cause is published with its evidence alone.")
                    .build()));
    boolean isDue = due(stage).contains("correction/C2");
    stage.did(
        "texts",
        about(incident)
            .with(
                "texts",
                JsonObject.builder()
                    .put("summary", "Tokens were forged. What we said of a crash dump was wrong.")
                    .build()));
    JsonObject published =
        stage.did("publish", about(incident).with("draft", draft(stage, incident).string("draft")));
    SignedDisclosure second = await(stage, published.strings("notices").getFirst());
    TheftNotice corrected = TheftNotice.verify(second, policy, LogStage.TENANT);
    PublicStatement statement =
        PublicStatement.verify(List.of(read(stage, incident, 1), read(stage, incident, 2)), policy);
    boolean isStale =
        Files.readString(stage.published("incidents/" + incident + "/versions/1/index.html"))
            .contains("out of date since");
    run.observe(
        "disclosure.correction-reaches-everyone",
        isDue
            && isStale
            && statement.corrections().size() == 1
            && corrected.details().corrections().size() == 1
            && !due(stage).contains("correction/C2"),
        "the tenant got the correction, version 2 tells it, and version 1 says that it is out of"
            + " date");
    byte[] revised =
        StatementAdvisory.next(
            CsafDocument.parse(Files.readAllBytes(advisory(run))), statement, run.now());
    String words = new String(revised, StandardCharsets.UTF_8);
    run.observe(
        "disclosure.advisory-corrected",
        CsafCheck.faults(revised).isEmpty()
            && words.contains("C2 was wrong")
            && !words.contains("What may be, not confirmed"),
        "its next version is valid too, and tells what was wrong");
  }
}
