package dev.counterfoil.drills.storm;

import dev.counterfoil.drills.domain.DpopKey;
import dev.counterfoil.drills.mail.HttpMailClient;
import dev.counterfoil.drills.mail.HttpMailService;
import dev.counterfoil.drills.mail.MailUser;
import dev.counterfoil.drills.storm.Control.Result;
import dev.counterfoil.drills.storm.Thief.Position;
import java.net.URI;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Honest users and every attack at the HTTP mail service.
 *
 * @param honest what came of honest use
 * @param results what came of each attack
 */
record HttpTrial(Result honest, Map<Attack, Result> results) {
  /** With bearer tokens. */
  static HttpTrial bearer(
      Stage stage, HttpMailClient client, HttpMailService enterprise, HttpMailService consumer)
      throws Exception {
    var honest = new HttpAttempts();
    var across = new HttpAttempts();
    var own = new HttpAttempts();
    var old = new HttpAttempts();
    var stolen = new HttpAttempts();
    Thief thief = stage.thief();
    Thief withOldKey = stage.thiefWithOldKey();
    for (MailUser user : stage.usersOf(stage.enterprise())) {
      URI mailbox = enterprise.mailbox(user.name());
      honest.add(user.name(), client.read(mailbox, stage.enterprise().token(user)));
      across.add(
          user.name(),
          client.read(mailbox, thief.forge(stage.enterprise(), user, Position.INVENTED)));
    }
    for (MailUser user : stage.usersOf(stage.consumer())) {
      URI mailbox = consumer.mailbox(user.name());
      String token = stage.consumer().token(user);
      honest.add(user.name(), client.read(mailbox, token));
      stolen.add(user.name(), client.read(mailbox, token));
      own.add(
          user.name(), client.read(mailbox, thief.forge(stage.consumer(), user, Position.COPIED)));
      old.add(
          user.name(),
          client.read(mailbox, withOldKey.forge(stage.consumer(), user, Position.COPIED)));
    }
    return of(honest, across, own, old, stolen);
  }

  /**
   * With tokens that are bound to keys. A thief who forges binds to a key of his own; one who stole
   * a token has seen its proofs too.
   */
  static HttpTrial bound(
      Stage stage, HttpMailClient client, HttpMailService enterprise, HttpMailService consumer)
      throws Exception {
    var honest = new HttpAttempts();
    var across = new HttpAttempts();
    var own = new HttpAttempts();
    var old = new HttpAttempts();
    var stolen = new HttpAttempts();
    DpopKey thiefs = DpopKey.generate();
    for (TrustDomain domain : List.of(stage.enterprise(), stage.consumer())) {
      boolean home = domain.name().equals(stage.consumer().name());
      HttpMailService service = home ? consumer : enterprise;
      for (MailUser user : stage.usersOf(domain)) {
        URI mailbox = service.mailbox(user.name());
        DpopKey key = DpopKey.generate();
        String token = domain.token(user, key);
        String proof = key.proof("GET", mailbox, token);
        honest.add(user.name(), client.read(mailbox, token, proof));
        stolen.add("without proof", client.read(mailbox, token));
        stolen.add("with its last proof", client.read(mailbox, token, proof));
        stolen.add(
            "with a proof by another key",
            client.read(mailbox, token, thiefs.proof("GET", mailbox, token)));
        (home ? own : across)
            .add(user.name(), forged(stage.thief(), domain, user, thiefs, client, mailbox));
        if (home) {
          old.add(
              user.name(), forged(stage.thiefWithOldKey(), domain, user, thiefs, client, mailbox));
        }
      }
    }
    return of(honest, across, own, old, stolen);
  }

  private static HttpMailClient.Result forged(
      Thief thief,
      TrustDomain domain,
      MailUser victim,
      DpopKey key,
      HttpMailClient client,
      URI mailbox)
      throws Exception {
    String token = thief.forgeBound(domain, victim, Position.INVENTED, key.thumbprint());
    return client.read(mailbox, token, key.proof("GET", mailbox, token));
  }

  private static HttpTrial of(
      HttpAttempts honest,
      HttpAttempts across,
      HttpAttempts own,
      HttpAttempts old,
      HttpAttempts stolen) {
    Map<Attack, Result> results = new EnumMap<>(Attack.class);
    results.put(Attack.ACROSS_DOMAINS, Result.of(across));
    results.put(Attack.OWN_DOMAIN, Result.of(own));
    results.put(Attack.OLD_KEY, Result.of(old));
    results.put(Attack.STOLEN_TOKEN, Result.of(stolen));
    return new HttpTrial(Result.of(honest), results);
  }
}
