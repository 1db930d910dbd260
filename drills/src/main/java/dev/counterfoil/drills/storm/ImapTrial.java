package dev.counterfoil.drills.storm;

import dev.counterfoil.drills.mail.DovecotServer;
import dev.counterfoil.drills.storm.Control.Result;
import dev.counterfoil.drills.storm.Thief.Position;
import dev.counterfoil.format.bytes.Hash;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Honest users and every attack at a mail system over IMAP.
 *
 * @param honest what came of honest use
 * @param results what came of each attack
 * @param ownDomainDigests digests of the tokens forged in the key's own domain
 */
record ImapTrial(Result honest, Map<Attack, Result> results, Set<Hash> ownDomainDigests) {
  /**
   * Tries.
   *
   * @param enterprise the server of the enterprise mailboxes
   * @param consumer the server of the consumer mailboxes; may be the same
   */
  static ImapTrial run(Stage stage, DovecotServer enterprise, DovecotServer consumer)
      throws Exception {
    Thief thief = stage.thief();
    Thief withOldKey = stage.thiefWithOldKey();
    TrustDomain home = stage.consumer();
    TrustDomain work = stage.enterprise();
    Map<String, String> tokens = new HashMap<>();
    MailAttempts staff = MailAttempts.honest(stage, enterprise, stage.usersOf(work));
    MailAttempts people =
        MailAttempts.glance(
            stage,
            consumer,
            stage.usersOf(home),
            user -> {
              String token = home.token(user);
              tokens.put(user.name(), token);
              return token;
            });
    Map<Attack, Result> results = new EnumMap<>(Attack.class);
    results.put(
        Attack.ACROSS_DOMAINS,
        Result.of(
            MailAttempts.glance(
                stage,
                enterprise,
                stage.usersOf(work),
                victim -> thief.forge(work, victim, Position.INVENTED))));
    MailAttempts own =
        MailAttempts.glance(
            stage,
            consumer,
            stage.usersOf(home),
            victim -> thief.forge(home, victim, Position.COPIED));
    results.put(Attack.OWN_DOMAIN, Result.of(own));
    results.put(
        Attack.OLD_KEY,
        Result.of(
            MailAttempts.glance(
                stage,
                consumer,
                stage.usersOf(home),
                victim -> withOldKey.forge(home, victim, Position.COPIED))));
    results.put(
        Attack.STOLEN_TOKEN,
        Result.of(
            MailAttempts.glance(
                stage,
                consumer,
                stage.usersOf(home),
                victim -> tokens.getOrDefault(victim.name(), ""))));
    var honest =
        new Result(
            staff.noneOpened() && people.noneOpened(),
            staff.allOpened() && people.allOpened(),
            "enterprise: " + staff.summary() + "; consumer: " + people.summary());
    return new ImapTrial(honest, results, own.digests());
  }
}
