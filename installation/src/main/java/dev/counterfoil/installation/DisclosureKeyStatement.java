package dev.counterfoil.installation;

import dev.counterfoil.disclosure.DisclosureKey;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.PlainText;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/**
 * Has the key log state the keys of the disclosure process, long before a notice needs them: what
 * {@code counterfoil disclosure state-key} does where the processes have users of their own.
 *
 * @param disclosure admin socket of the disclosure process
 * @param registrar admin socket of its domain's registrar
 * @param policy the domain's policy file
 */
record DisclosureKeyStatement(Path disclosure, Path registrar, Path policy, InstantSource clock) {
  private static final Duration WITHIN = Duration.ofSeconds(20);
  private static final Duration STARTS_WITHIN = Duration.ofMinutes(2);
  private static final Duration AGAIN_AFTER = Duration.ofSeconds(5);

  /** Keys that end sooner are stated again. */
  private static final Duration BEFORE_THE_END = Duration.ofDays(30);

  private static final System.Logger LOG = System.getLogger(DisclosureKeyStatement.class.getName());
  private static final JsonObject NOTHING = JsonObject.builder().build();

  /** Begins to state them, beside everything else, once the process runs. */
  static void begin(DataFolder folder, String domain, InstantSource clock) {
    var statement =
        new DisclosureKeyStatement(
            folder.disclosure().resolve("admin.sock"),
            folder.domain(domain).registrar().resolve("admin.sock"),
            folder.domain(domain).policy(),
            clock);
    Thread.ofVirtual().name("disclosure-keys").start(statement::stateOnceItRuns);
  }

  /**
   * States them, unless they stand for a while yet.
   *
   * @return why they are not stated; empty when they are
   */
  private Optional<String> state() throws InterruptedException {
    try {
      Optional<String> end =
          ask(disclosure, new Request.Command("status", NOTHING)).optionalString("keys_end");
      Instant soon = clock.instant().plus(BEFORE_THE_END);
      if (end.isPresent() && Instant.parse(end.get()).isAfter(soon)) {
        return Optional.empty();
      }
      JsonObject keys = ask(disclosure, new Request.Command("key-request", NOTHING));
      long index = ask(registrar, Commands.stateDisclosureKey(keys)).number("index");
      DisclosureKey key =
          DisclosureKey.await(TrustPolicy.parse(Files.readAllBytes(policy)), index, clock, WITHIN);
      ask(disclosure, new Request.Command("take-key", key.toJson()));
      return Optional.empty();
    } catch (IOException | FormatException | DateTimeParseException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /** Nothing stands still for it: nothing is signed with these keys before there is an incident. */
  private void stateOnceItRuns() {
    try {
      long deadline = System.nanoTime() + STARTS_WITHIN.toNanos();
      Optional<String> fault = state();
      while (fault.isPresent() && System.nanoTime() < deadline) {
        Thread.sleep(AGAIN_AFTER);
        fault = state();
      }
      fault.ifPresent(
          why ->
              LOG.log(
                  System.Logger.Level.WARNING,
                  "the keys of the disclosure process are not stated: {0}. Run counterfoil"
                      + " disclosure state-key",
                  why));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static JsonObject ask(Path socket, Request.Command command)
      throws IOException, InterruptedException {
    try {
      return switch (SignerClient.askAnew(socket, command, WITHIN, WITHIN)) {
        case Answer.Done done -> done.result();
        case Answer.Refused refused -> throw new IOException(PlainText.of(refused.text()));
        default -> throw new IOException(socket + " gave an unexpected answer");
      };
    } catch (SignerUnavailableException e) {
      throw new IOException(socket + " does not answer: " + e.getMessage(), e);
    }
  }
}
