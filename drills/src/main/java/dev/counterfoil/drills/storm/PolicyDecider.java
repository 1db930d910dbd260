package dev.counterfoil.drills.storm;

import dev.counterfoil.drills.mail.MailUser;
import dev.counterfoil.drills.mail.PolicyHook;
import dev.counterfoil.drills.mail.TokenGate;
import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Answers the mail server's policy hook with a verifier: the mailbox decides which domain's word
 * counts, never the token. A token whose issuer chose its own judge would be judged by the thief.
 */
final class PolicyDecider implements PolicyHook.Decider {
  private final Map<String, TokenGate> gateByUser;

  /**
   * Decides for these mailboxes.
   *
   * @param gateByUser who decides about tokens for whose mailbox
   */
  PolicyDecider(Map<String, TokenGate> gateByUser) {
    this.gateByUser = Map.copyOf(gateByUser);
  }

  /** Starts a hook at which each mailbox's own domain decides about tokens for it. */
  static PolicyHook hook(Stage stage) throws IOException, InterruptedException {
    return PolicyHook.start(stage.mailSecret(), ofEachUsersDomain(stage));
  }

  private static PolicyDecider ofEachUsersDomain(Stage stage)
      throws IOException, InterruptedException {
    TokenGate consumer = stage.consumer().verifier(TokenGate.Binding.BEARER_ALLOWED);
    TokenGate enterprise = stage.enterprise().verifier(TokenGate.Binding.BEARER_ALLOWED);
    Map<String, TokenGate> gates = new HashMap<>();
    for (MailUser user : stage.users()) {
      gates.put(
          user.name(), user.domain().equals(stage.enterprise().name()) ? enterprise : consumer);
    }
    return new PolicyDecider(gates);
  }

  @Override
  public Optional<String> objection(String token, String user) {
    TokenGate gate = gateByUser.get(user);
    if (gate == null) {
      return Optional.of("no-such-mailbox");
    }
    var request =
        new TokenGate.Request(
            "LOGIN", URI.create("imap:/" + user), token, Optional.empty(), "127.0.0.1");
    return switch (gate.decide(request)) {
      case TokenGate.Decision.Bad bad -> Optional.of(bad.code());
      case TokenGate.Decision.Good good ->
          good.subject().equals(user) ? Optional.empty() : Optional.of("another-user");
    };
  }
}
