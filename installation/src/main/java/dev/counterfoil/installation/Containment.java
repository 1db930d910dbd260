package dev.counterfoil.installation;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What is done when a signer's keys may be in other hands. One theft is every key that was resident
 * there, so the whole generation goes: the signer stops signing, seals its log, destroys its
 * private halves and starts anew with other keys and another log; the registrar revokes the old
 * keys from the sealed size on. Honest tokens below that size stay good. Doing it twice replaces
 * the signer twice and revokes nothing anew.
 */
public final class Containment {
  /** How long a process may take to answer. */
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private static final Duration CONNECT_STEP = Duration.ofMillis(10);

  private final DataFolder.DomainFolder domain;

  public Containment(DataFolder.DomainFolder domain) {
    this.domain = domain;
  }

  /**
   * What was contained.
   *
   * @param log short name of the sealed log
   * @param size its final size: the first position at which the keys' tokens are no good
   * @param kids the revoked keys
   */
  public record Contained(String log, long size, List<String> kids) {}

  /**
   * A step that was refused or could not be carried out; the message says which, and what holds
   * nevertheless.
   */
  public static final class ContainmentFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    ContainmentFailedException(String message, Throwable cause) {
      super(message, cause);
    }

    ContainmentFailedException(String message) {
      super(message);
    }
  }

  /** Replaces the signer and revokes its keys. */
  public Contained replaceSigner() throws ContainmentFailedException, InterruptedException {
    JsonObject sealed = ask(domain.signer().resolve("admin.sock"), Commands.replace(), "signer");
    try {
      String log = sealed.string("log");
      long size = sealed.number("size");
      List<String> kids = sealed.strings("kids");
      for (String kid : kids) {
        ask(
            domain.registrar().resolve("admin.sock"),
            Commands.revokeKey(kid, log, size),
            "registrar");
      }
      return new Contained(log, size, kids);
    } catch (FormatException e) {
      throw new ContainmentFailedException(
          "the signer's answer is not understood: " + e.getMessage(), e);
    }
  }

  /**
   * Revokes keys at the registrar alone, where the signer is lost or will not answer.
   *
   * @param from first position at which the keys' tokens are no good: the largest size known of the
   *     lost log
   */
  public Contained revoke(List<String> kids, String log, long from)
      throws ContainmentFailedException, InterruptedException {
    for (String kid : kids) {
      ask(
          domain.registrar().resolve("admin.sock"),
          Commands.revokeKey(kid, log, from),
          "registrar");
    }
    return new Contained(log, from, kids);
  }

  private static JsonObject ask(Path socket, Request.Command command, String whom)
      throws ContainmentFailedException, InterruptedException {
    try (SignerClient client = new SignerClient(socket)) {
      for (long waited = 0;
          !client.isConnected() && waited < TIMEOUT.toMillis();
          waited += CONNECT_STEP.toMillis()) {
        Thread.sleep(CONNECT_STEP);
      }
      return switch (client.ask(command, TIMEOUT)) {
        case Answer.Done done -> done.result();
        case Answer.Refused refused ->
            throw new ContainmentFailedException(
                "the "
                    + whom
                    + " refused "
                    + command.name()
                    + " ("
                    + refused.code()
                    + "): "
                    + refused.text());
        case Answer.Issued issued ->
            throw new ContainmentFailedException("the " + whom + " answered another question");
        case Answer.Records records ->
            throw new ContainmentFailedException("the " + whom + " answered another question");
        case Answer.Recorded recorded ->
            throw new ContainmentFailedException("the " + whom + " answered another question");
      };
    } catch (SignerUnavailableException e) {
      throw new ContainmentFailedException(
          "the " + whom + " at " + socket + " does not answer: " + e.getMessage(), e);
    }
  }
}
