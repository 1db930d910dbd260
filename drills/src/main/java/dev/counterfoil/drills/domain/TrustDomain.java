package dev.counterfoil.drills.domain;

import dev.counterfoil.drills.mail.DovecotKeys;
import dev.counterfoil.drills.mail.MailTokenCheck;
import dev.counterfoil.drills.mail.MailUser;
import dev.counterfoil.drills.mail.TokenGate;
import java.io.IOException;
import java.net.URI;
import java.util.List;

/**
 * One trust domain of the throwaway installation, as its users and the services that trust it see
 * it.
 */
public interface TrustDomain {
  /** Its name, such as {@code consumer}. */
  String name();

  /** Its issuer URL. */
  URI issuer();

  /** A token that the domain issued to a user, for mail. */
  String token(MailUser user) throws IOException, InterruptedException;

  /** The same, bound to a key of the user's. */
  String token(MailUser user, DpopKey key) throws IOException, InterruptedException;

  /** Whether it issues tokens at this time. */
  boolean isIssuing() throws IOException, InterruptedException;

  /** Every key in the domain's public key set, as any service fetches it. */
  List<DovecotKeys.Key> publishedKeys() throws IOException, InterruptedException;

  /**
   * Keys whose tokens may still be trusted by the domain's signed key statements: their time has
   * come and has not passed, and nobody withdrew them.
   */
  List<DovecotKeys.Key> keysWithinTheirTime() throws IOException, InterruptedException;

  /** How a mail server asks this domain's authority about tokens. */
  MailTokenCheck.ByIntrospection introspection() throws IOException;

  /**
   * A service's verifier, which starts from the domain's policy and reports sightings to the
   * monitor.
   */
  TokenGate verifier(TokenGate.Binding binding) throws IOException;
}
