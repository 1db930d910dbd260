package dev.counterfoil.drills.mail;

import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * What is chosen about a mail server; everything else is fixed.
 *
 * @param check how it decides about a token
 * @param grade what its events say of tokens
 * @param policy a policy server that it asks beside that, with its whole token, for every login
 * @param staff who may read every mailbox with a password: master users, in Dovecot's words
 */
public record DovecotSettings(
    MailTokenCheck check, EventGrade grade, Optional<PolicyServer> policy, List<Staff> staff) {
  public DovecotSettings {
    staff = List.copyOf(staff);
  }

  /** An administrator of the mail server. */
  public record Staff(String name, String password) {
    @Override
    public String toString() {
      return "Staff[" + name + "]";
    }
  }

  /**
   * A policy server.
   *
   * @param endpoint where
   * @param secret what the mail server shows as a bearer token
   */
  public record PolicyServer(URI endpoint, String secret) {
    @Override
    public String toString() {
      return "PolicyServer[" + endpoint + "]";
    }
  }

  /** Checks signatures by itself, and no more. */
  public static DovecotSettings local() {
    return new DovecotSettings(
        new MailTokenCheck.Locally(), EventGrade.DIGEST, Optional.empty(), List.of());
  }

  /** The same with another way to decide. */
  public DovecotSettings with(MailTokenCheck other) {
    return new DovecotSettings(other, grade, policy, staff);
  }

  /** The same with events of another grade. */
  public DovecotSettings with(EventGrade other) {
    return new DovecotSettings(check, other, policy, staff);
  }

  /** The same with a policy server. */
  public DovecotSettings with(PolicyServer server) {
    return new DovecotSettings(check, grade, Optional.of(server), staff);
  }

  /** The same with administrators. */
  public DovecotSettings with(List<Staff> others) {
    return new DovecotSettings(check, grade, policy, others);
  }
}
