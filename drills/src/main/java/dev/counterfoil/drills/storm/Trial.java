package dev.counterfoil.drills.storm;

import dev.counterfoil.drills.domain.DpopKey;
import dev.counterfoil.drills.mail.DovecotServer;
import dev.counterfoil.drills.mail.HttpMailClient;
import dev.counterfoil.drills.mail.HttpMailService;
import dev.counterfoil.drills.mail.MailUser;
import dev.counterfoil.drills.storm.Thief.Position;
import java.net.URI;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Honest users and every attack at a mail system.
 *
 * @param honest what came of honest use
 * @param results what came of each attack
 */
record Trial(MailAttempts honest, Map<Attack, MailAttempts> results) {
  /**
   * Over IMAP.
   *
   * @param enterprise the server of the enterprise mailboxes
   * @param consumer the server of the consumer mailboxes; may be the same
   */
  static Trial imap(Stage stage, DovecotServer enterprise, DovecotServer consumer)
      throws Exception {
    Thief thief = stage.thief();
    Thief withOldKey = stage.thiefWithOldKey();
    TrustDomain home = stage.consumer();
    TrustDomain work = stage.enterprise();
    List<MailUser> staff = stage.usersOf(work);
    List<MailUser> people = stage.usersOf(home);
    Map<String, String> tokens = new HashMap<>();
    for (MailUser user : people) {
      tokens.put(user.name(), home.token(user));
    }
    MailAttempts.TokenSource theirs = user -> tokens.getOrDefault(user.name(), "");
    MailAttempts honest =
        MailAttempts.honest(stage, enterprise, staff)
            .and(MailAttempts.glance(stage, consumer, people, theirs));
    Map<Attack, MailAttempts> results = new EnumMap<>(Attack.class);
    results.put(
        Attack.ACROSS_DOMAINS,
        MailAttempts.glance(
            stage, enterprise, staff, victim -> thief.forge(work, victim, Position.INVENTED)));
    results.put(
        Attack.OWN_DOMAIN,
        MailAttempts.glance(
            stage, consumer, people, victim -> thief.forge(home, victim, Position.COPIED)));
    results.put(
        Attack.OLD_KEY,
        MailAttempts.glance(
            stage, consumer, people, victim -> withOldKey.forge(home, victim, Position.COPIED)));
    results.put(Attack.STOLEN_TOKEN, MailAttempts.glance(stage, consumer, people, theirs));
    return new Trial(honest, results);
  }

  /** Over HTTP with bearer tokens. */
  static Trial bearer(
      Stage stage, HttpMailClient client, HttpMailService enterprise, HttpMailService consumer)
      throws Exception {
    Trial trial = none();
    Thief thief = stage.thief();
    Thief withOldKey = stage.thiefWithOldKey();
    for (MailUser user : stage.users()) {
      TrustDomain domain = stage.domainOf(user);
      boolean home = domain == stage.consumer();
      URI mailbox = (home ? consumer : enterprise).mailbox(user.name());
      String token = domain.token(user);
      trial.honest.add(user.name(), client.read(mailbox, token));
      Position position = home ? Position.COPIED : Position.INVENTED;
      trial
          .of(home ? Attack.OWN_DOMAIN : Attack.ACROSS_DOMAINS)
          .add(user.name(), client.read(mailbox, thief.forge(domain, user, position)));
      if (home) {
        trial.of(Attack.STOLEN_TOKEN).add(user.name(), client.read(mailbox, token));
        trial
            .of(Attack.OLD_KEY)
            .add(user.name(), client.read(mailbox, withOldKey.forge(domain, user, position)));
      }
    }
    return trial;
  }

  /**
   * Over HTTP with tokens that are bound to keys. A thief who forges binds to a key of their own;
   * one who stole a token has seen its proofs too.
   */
  static Trial bound(
      Stage stage, HttpMailClient client, HttpMailService enterprise, HttpMailService consumer)
      throws Exception {
    Trial trial = none();
    DpopKey thiefs = DpopKey.generate();
    for (MailUser user : stage.users()) {
      TrustDomain domain = stage.domainOf(user);
      boolean home = domain == stage.consumer();
      URI mailbox = (home ? consumer : enterprise).mailbox(user.name());
      DpopKey key = DpopKey.generate();
      String token = domain.token(user, key);
      String proof = key.proof("GET", mailbox, token);
      trial.honest.add(user.name(), client.read(mailbox, token, proof));
      MailAttempts stolen = trial.of(Attack.STOLEN_TOKEN);
      stolen.add("without proof", client.read(mailbox, token));
      stolen.add("with its last proof", client.read(mailbox, token, proof));
      stolen.add(
          "with a proof by another key",
          client.read(mailbox, token, thiefs.proof("GET", mailbox, token)));
      String forged =
          stage.thief().forgeBound(domain, user, Position.INVENTED, thiefs.thumbprint());
      trial
          .of(home ? Attack.OWN_DOMAIN : Attack.ACROSS_DOMAINS)
          .add(user.name(), proven(client, mailbox, forged, thiefs));
      if (home) {
        String old =
            stage
                .thiefWithOldKey()
                .forgeBound(domain, user, Position.INVENTED, thiefs.thumbprint());
        trial.of(Attack.OLD_KEY).add(user.name(), proven(client, mailbox, old, thiefs));
      }
    }
    return trial;
  }

  private static HttpMailClient.Result proven(
      HttpMailClient client, URI mailbox, String token, DpopKey key) throws Exception {
    return client.read(mailbox, token, key.proof("GET", mailbox, token));
  }

  private static Trial none() {
    Map<Attack, MailAttempts> results = new EnumMap<>(Attack.class);
    for (Attack attack : Attack.values()) {
      results.put(attack, new MailAttempts());
    }
    return new Trial(new MailAttempts(), results);
  }

  private MailAttempts of(Attack attack) {
    return results.getOrDefault(attack, honest);
  }
}
