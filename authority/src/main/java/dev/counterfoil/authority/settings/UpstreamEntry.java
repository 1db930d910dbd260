package dev.counterfoil.authority.settings;

import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.format.bytes.SecureUrl;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/** Another OpenID provider at which people of a tenant sign in. */
public record UpstreamEntry(
    @Meaning(
            "Its name, 1 to 32 of a-z 0-9 and -. Register ISSUER/sign-in/upstream/NAME there as"
                + " redirect URI.")
        String name,
    @Meaning("What people know it as: the button says Continue with LABEL.") String label,
    @Meaning("The tenant whose people it signs in, and no others.") String tenant,
    @Meaning("Its issuer URL, as its discovery document says it.") URI issuer,
    @Meaning("The client id that it knows this authority by.") String clientId,
    @Meaning("File with the client's secret there. Without: a client that keeps none.")
        Optional<Path> clientSecret,
    @Meaning("Whether people whom it knows and the directory does not are added, at sign-in.")
        @Default("false")
        boolean create,
    @Meaning(
            "Whether its account is linked to the person with the same e-mail address, when both"
                + " sides verified it. Those who give out its addresses can then be these people.")
        @Default("false")
        boolean linkByEmail,
    @Meaning(
            "What its security events do here (Shared Signals), which it posts to"
                + " ISSUER/ssf/events/NAME: none, sessions to end them, or accounts to disable"
                + " people too.")
        @Default("none")
        Signals signals,
    @Meaning(
            "The aud of the provider's stream for this authority, where it is neither"
                + " ISSUER/ssf/events/NAME nor the client id.")
        Optional<String> signalsAudience,
    @Meaning(
            "Where this authority polls the provider for its events (RFC 8936). Then nothing can be"
                + " posted.")
        Optional<SignalsPollEntry> signalsPoll) {
  /** What its security events do. */
  public enum Signals {
    NONE,
    SESSIONS,
    ACCOUNTS
  }

  /** Where events are polled. */
  public record SignalsPollEntry(
      @Meaning("The stream's poll endpoint, as the provider says it in delivery.endpoint_url.")
          URI endpoint,
      @Meaning(
              "File with the bearer token that the provider asks for there, readable by the"
                  + " authority alone. It is read for each request.")
          Path token) {
    public SignalsPollEntry {
      var _ = SecureUrl.require("signals-poll.endpoint", endpoint);
    }
  }

  public UpstreamEntry {
    if (signalsPoll.isPresent() && signals == Signals.NONE) {
      throw new IllegalArgumentException("signals-poll needs signals: sessions or accounts");
    }
  }
}
