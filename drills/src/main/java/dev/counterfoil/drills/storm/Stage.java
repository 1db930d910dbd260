package dev.counterfoil.drills.storm;

import dev.counterfoil.drills.domain.FindingsDesk;
import dev.counterfoil.drills.domain.IncidentReport;
import dev.counterfoil.drills.domain.TrustDomain;
import dev.counterfoil.drills.log.Disclosing;
import dev.counterfoil.drills.mail.DovecotKeys;
import dev.counterfoil.drills.mail.DovecotServer;
import dev.counterfoil.drills.mail.MailUser;
import dev.counterfoil.drills.mail.Mailboxes;
import dev.counterfoil.format.bytes.Hash;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What the acts of a drill play on: a throwaway installation, a mail system, people, and a thief.
 */
interface Stage {
  /** Issues tokens for people at home. */
  TrustDomain consumer();

  /** Issues tokens for the staff of tenants. */
  TrustDomain enterprise();

  /** Everybody with a mailbox, of both domains. */
  List<MailUser> users();

  /** All mailboxes. */
  Mailboxes mailboxes();

  /** The mail server of both domains. */
  DovecotServer mail();

  /** A second mail server, for when each domain has its own. */
  DovecotServer consumerMail();

  /** The monitor. */
  FindingsDesk desk();

  /** Who has the consumer domain's signing key. */
  Thief thief() throws IOException, InterruptedException, GeneralSecurityException;

  /** Who has a consumer key whose time ended 771 days ago. */
  Thief thiefWithOldKey() throws IOException, InterruptedException, GeneralSecurityException;

  /** The public half of that old key, which nobody ever took out of the key set. */
  DovecotKeys.Key oldKey();

  /** Replaces the consumer domain's signer, revokes its keys, and reports what is known. */
  IncidentReport containConsumerSigner() throws Exception;

  /**
   * Digests of all tokens that the consumer domain has issued on this stage with the keys it had at
   * first.
   */
  Set<Hash> issuedByConsumer();

  /** Keeps the report for the next act. */
  void keep(IncidentReport report);

  /** The report that was kept. */
  IncidentReport report();

  /** The voice of a domain. */
  Disclosing disclosing(TrustDomain domain) throws IOException, InterruptedException;

  /** What the mail server shows to its policy server. */
  String mailSecret();

  /** The domain that a user belongs to. */
  default TrustDomain domainOf(MailUser user) {
    return user.domain().equals(enterprise().name()) ? enterprise() : consumer();
  }

  /** One key set for everybody, as in the breach: what both domains publish, and the old key. */
  default List<DovecotKeys.Key> mergedKeys() throws IOException, InterruptedException {
    List<DovecotKeys.Key> merged = new ArrayList<>(consumer().publishedKeys());
    merged.addAll(enterprise().publishedKeys());
    merged.add(oldKey());
    return merged;
  }

  /** Users of one domain. */
  default List<MailUser> usersOf(TrustDomain domain) {
    return users().stream().filter(user -> user.domain().equals(domain.name())).toList();
  }
}
