package dev.counterfoil.drills.storm;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import dev.counterfoil.drills.domain.PollingReceiver;
import dev.counterfoil.drills.mail.DovecotKeys;
import dev.counterfoil.drills.mail.DovecotSettings;
import dev.counterfoil.drills.mail.HttpMailClient;
import dev.counterfoil.drills.mail.HttpMailService;
import dev.counterfoil.drills.mail.MailUser;
import dev.counterfoil.drills.mail.PolicyHook;
import dev.counterfoil.drills.mail.SignatureOnlyGate;
import dev.counterfoil.drills.mail.TokenGate.Binding;
import dev.counterfoil.drills.run.DrillRun;
import dev.counterfoil.drills.storm.Thief.Position;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Act 2: the weak mail system of the first act, with one control added at a time. Each meets the
 * same four attacks; what it does not stop is shown as plainly as what it does.
 */
final class OneControlAtATime {
  private static final Control SEPARATE_KEYS =
      new Control("separate-keys", "a key set for each domain", EnumSet.of(Attack.ACROSS_DOMAINS));
  private static final Control KEY_AGE =
      new Control("key-age", "keys only within their time", EnumSet.of(Attack.OLD_KEY));
  private static final Control INTROSPECTION =
      new Control("introspection", "introspection", forgeries());
  private static final Control POLICY_HOOK =
      new Control(
          "policy-hook", "the mail server's policy hook, key set still merged", forgeries());
  private static final Control VERIFIER =
      new Control("verifier", "the verifier in an HTTP service", forgeries());
  private static final Control DPOP =
      new Control("dpop", "DPoP in an HTTP service", EnumSet.of(Attack.STOLEN_TOKEN));
  private static final Control DPOP_AND_VERIFIER =
      new Control("dpop-and-verifier", "DPoP and the verifier", EnumSet.allOf(Attack.class));

  private final Map<Control, Trial> measured = new LinkedHashMap<>();

  private static Set<Attack> forgeries() {
    return EnumSet.complementOf(EnumSet.of(Attack.STOLEN_TOKEN));
  }

  void play(DrillRun run, Stage stage) throws Exception {
    run.act(2, "one control at a time");
    separateKeys(run, stage);
    keyAge(run, stage);
    introspection(run, stage);
    policyHook(run, stage);
    stage.consumerMail().stop();
    try (HttpMailClient client = new HttpMailClient()) {
      verifier(run, stage, client);
      dpop(run, stage, client);
      dpopAndVerifier(run, stage, client);
    }
    tellTable(run);
  }

  private void separateKeys(DrillRun run, Stage stage) throws Exception {
    stage.mail().keys().trust(stage.enterprise().publishedKeys());
    stage.mail().start(DovecotSettings.local());
    List<DovecotKeys.Key> consumerKeys = new ArrayList<>(stage.consumer().publishedKeys());
    consumerKeys.add(stage.oldKey());
    stage.consumerMail().keys().trust(consumerKeys);
    stage.consumerMail().start(DovecotSettings.local());
    try (MailReporter reporter = MailReporter.start(stage.consumerMail(), stage.desk())) {
      Trial trial = Trial.imap(stage, stage.mail(), stage.consumerMail());
      observe(run, SEPARATE_KEYS, trial);
      MailAttempts own = trial.results().getOrDefault(Attack.OWN_DOMAIN, trial.honest());
      int found = stage.desk().await(own.digests()).size();
      run.observe(
          "separate-keys.own-domain-found",
          found == own.digests().size() && found <= reporter.log().sessions().size(),
          "%d of %d found".formatted(found, own.digests().size()),
          Map.of("forged", own.digests().size(), "found", found));
    }
  }

  private void keyAge(DrillRun run, Stage stage) throws Exception {
    List<DovecotKeys.Key> merged = new ArrayList<>(stage.consumer().keysWithinTheirTime());
    merged.addAll(stage.enterprise().keysWithinTheirTime());
    stage.mail().keys().trust(merged);
    stage.mail().start(DovecotSettings.local());
    Trial trial = Trial.imap(stage, stage.mail(), stage.mail());
    observe(run, KEY_AGE, trial);
  }

  private void introspection(DrillRun run, Stage stage) throws Exception {
    stage.mail().start(DovecotSettings.local().with(stage.enterprise().introspection()));
    stage.consumerMail().start(DovecotSettings.local().with(stage.consumer().introspection()));
    Instant began = run.now();
    Trial trial = Trial.imap(stage, stage.mail(), stage.consumerMail());
    observe(run, INTROSPECTION, trial);
    stage
        .receiver()
        .observe(
            run,
            "introspection.receivers-told",
            PollingReceiver.NEVER_ISSUED,
            stage.thief().kid(),
            began);
  }

  private void policyHook(DrillRun run, Stage stage) throws Exception {
    stage.mail().keys().trust(stage.mergedKeys());
    try (PolicyHook hook = stage.policyHook()) {
      stage.mail().start(DovecotSettings.local().with(hook.address()));
      Trial trial = Trial.imap(stage, stage.mail(), stage.mail());
      observe(run, POLICY_HOOK, trial);
    }
  }

  private void verifier(DrillRun run, Stage stage, HttpMailClient client) throws Exception {
    try (HttpMailService enterprise =
            HttpMailService.start(
                stage.mailboxes(), stage.enterprise().verifier(Binding.BEARER_ALLOWED));
        HttpMailService consumer =
            HttpMailService.start(
                stage.mailboxes(), stage.consumer().verifier(Binding.BEARER_ALLOWED))) {
      Trial trial = Trial.bearer(stage, client, enterprise, consumer);
      observe(run, VERIFIER, trial);
      MailAttempts forged = new MailAttempts();
      for (Position position : Position.values()) {
        String name = position.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        MailUser victim = stage.usersOf(stage.consumer()).getFirst();
        forged.add(
            name,
            client.read(
                consumer.mailbox(victim.name()),
                stage.thief().forge(stage.consumer(), victim, position)));
      }
      run.observe(
          "verifier.every-position-refused",
          forged.noneOpened(),
          forged.summary(),
          forged.figures());
    }
  }

  private void dpop(DrillRun run, Stage stage, HttpMailClient client) throws Exception {
    List<JWK> keys = new ArrayList<>();
    for (DovecotKeys.Key key : stage.mergedKeys()) {
      keys.add(JWK.parse(key.jwk()));
    }
    try (var gate = new SignatureOnlyGate(new JWKSet(keys), Binding.PROOF_REQUIRED);
        HttpMailService service = HttpMailService.start(stage.mailboxes(), gate)) {
      Trial trial = Trial.bound(stage, client, service, service);
      observe(run, DPOP, trial);
    }
  }

  private void dpopAndVerifier(DrillRun run, Stage stage, HttpMailClient client) throws Exception {
    try (HttpMailService enterprise =
            HttpMailService.start(
                stage.mailboxes(), stage.enterprise().verifier(Binding.PROOF_REQUIRED));
        HttpMailService consumer =
            HttpMailService.start(
                stage.mailboxes(), stage.consumer().verifier(Binding.PROOF_REQUIRED))) {
      Trial trial = Trial.bound(stage, client, enterprise, consumer);
      observe(run, DPOP_AND_VERIFIER, trial);
    }
  }

  private void observe(DrillRun run, Control control, Trial trial) {
    measured.put(control, trial);
    control.observe(run, trial);
  }

  /** The table of what was measured, not of what was expected. */
  private void tellTable(DrillRun run) {
    var head = new StringBuilder("%-52s".formatted("measured, each control alone"));
    for (Attack attack : Attack.values()) {
      head.append(" | ").append(attack.words());
    }
    run.says(head.toString());
    measured.forEach(
        (control, trial) -> {
          var row = new StringBuilder("%-52s".formatted(control.label()));
          trial
              .results()
              .forEach(
                  (attack, tried) -> {
                    String word =
                        tried.noneOpened() ? "stopped" : tried.allOpened() ? "opened" : "partly";
                    row.append(" | ").append(word);
                    row.append(" ".repeat(attack.words().length() - word.length()));
                  });
          run.says(row.toString());
        });
  }
}
