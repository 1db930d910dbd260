package dev.counterfoil.response;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.LogName;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.installation.layout.Context;
import dev.counterfoil.operations.Contained;
import dev.counterfoil.operations.OperatorClient;
import dev.counterfoil.operations.OperatorException;
import dev.counterfoil.operations.containment.Containment;
import dev.counterfoil.response.runs.Run;
import dev.counterfoil.response.runs.Steps;
import dev.counterfoil.verifier.KeySetSource;
import dev.counterfoil.verifier.reading.HttpReadSide;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/** What steps ask: the authority over HTTP, registrar and signers at their admin sockets. */
final class ContainmentSteps implements Steps {
  private static final Duration WITHIN = Duration.ofSeconds(15);
  private static final Duration KEY_LOG_WITHIN = Duration.ofSeconds(5);
  private static final int UNAVAILABLE = 503;
  private static final int TOO_MANY = 429;

  private final Context context;
  private final TrustPolicy policy;
  private final String authority;
  private final Requests requests;
  private final InstantSource clock;

  /**
   * Makes them.
   *
   * @param authority URL below which its administration lies
   */
  ContainmentSteps(
      Context context,
      TrustPolicy policy,
      String authority,
      Requests requests,
      InstantSource clock) {
    this.context = context;
    this.policy = policy;
    this.authority = authority;
    this.requests = requests;
    this.clock = clock;
  }

  @Override
  public Done carryOut(Run run, Run.Step step, boolean isDry)
      throws IOException, RefusedException, InterruptedException {
    JsonObject.Builder body = JsonObject.builder();
    if (isDry) {
      body.put("dry_run", true);
    }
    return switch (step.action()) {
      case REVOKE_TOKEN -> ask("tokens", body.put("token", step.target()).build());
      case END_SESSIONS -> ask("people", body.put("subject", step.target()).build());
      case END_GRANT ->
          ask(
              "people",
              body.put("subject", step.person().orElse("")).put("grant", step.target()).build());
      case DISABLE_CLIENT -> ask("clients", body.put("client_id", step.target()).build());
      case TAINT_KEY -> taint(step.target(), isDry);
      case COMPROMISE_SIGNER -> compromise(step.target(), isDry);
    };
  }

  private Done ask(String what, JsonObject body)
      throws IOException, RefusedException, InterruptedException {
    Requests.Answer answer =
        requests.ask(URI.create(authority + "/admin/v1/containment/" + what), body, WITHIN);
    if (answer.status() == UNAVAILABLE || answer.status() == TOO_MANY) {
      throw new IOException("the authority: " + answer.why());
    }
    if (!answer.isDone()) {
      throw new RefusedException("the authority refused: " + answer.why());
    }
    try {
      return new Done(
          answer.json().number("reach"),
          answer.json().string("what"),
          answer
              .json()
              .optionalString("tokens_not_revoked")
              .map(why -> "tokens are not revoked yet: " + why)
              .orElse(""));
    } catch (FormatException e) {
      throw new IOException("the authority's answer is not understood: " + e.getMessage(), e);
    }
  }

  private Done taint(String kid, boolean isDry)
      throws IOException, RefusedException, InterruptedException {
    if (isDry) {
      return new Done(statement(kid).isPresent() ? 1 : 0, "key", "");
    }
    try {
      boolean changed = new OperatorClient(context).taint(kid);
      return new Done(changed ? 1 : 0, "key", changed ? "" : "it was so already");
    } catch (OperatorException e) {
      throw failed(e);
    }
  }

  /** The log is named, so that asking again never replaces the signer that came after. */
  private Done compromise(String kid, boolean isDry)
      throws IOException, RefusedException, InterruptedException {
    String log =
        statement(kid)
            .flatMap(KeyStatement::log)
            .orElseThrow(() -> new RefusedException("no signer here states the key " + kid));
    String signer =
        LogName.parse(log)
            .map(LogName::owner)
            .filter(name -> context.signer(name).isPresent())
            .orElseThrow(() -> new RefusedException("the signer of log " + log + " is not here"));
    KeySet keys = keySet();
    if (isDry) {
      long stated = keys.keys().stream().filter(key -> key.log().equals(Optional.of(log))).count();
      return new Done(stated, "keys", "signer " + signer);
    }
    try {
      Contained contained =
          new Containment(context, signer)
              .contain(Optional.of(log), Optional.of(keys), this::again, clock.instant());
      return new Done(
          contained.allKids().size(),
          "keys",
          "log %s keeps its first %d tokens".formatted(contained.log(), contained.size()));
    } catch (OperatorException e) {
      throw failed(e);
    }
  }

  private static RefusedException failed(OperatorException e) throws IOException, RefusedException {
    if (e.isRefused()) {
      throw new RefusedException(String.valueOf(e.getMessage()), e);
    }
    throw new IOException(e.getMessage(), e);
  }

  private Optional<KeyStatement> statement(String kid) throws IOException {
    return keySet().key(kid);
  }

  private KeySet keySet() throws IOException {
    try {
      return KeySetSource.read(policy, HttpReadSide.create(KEY_LOG_WITHIN), clock.instant());
    } catch (FormatException e) {
      throw new IOException("the key log does not verify: " + e.getMessage(), e);
    }
  }

  private Optional<KeySet> again() {
    try {
      return Optional.of(keySet());
    } catch (IOException e) {
      // No reason to leave stolen keys valid: the signer itself says which they are.
      return Optional.empty();
    }
  }
}
