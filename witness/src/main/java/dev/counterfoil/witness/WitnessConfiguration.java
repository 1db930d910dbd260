package dev.counterfoil.witness;

import dev.counterfoil.configuration.Bounds;
import dev.counterfoil.configuration.Default;
import dev.counterfoil.configuration.HostPort;
import dev.counterfoil.configuration.Meaning;
import dev.counterfoil.format.note.CosignerKey.Algorithm;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.http.listener.ClientAddress;
import dev.counterfoil.http.listener.Watchers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What the witness's configuration file says. */
public record WitnessConfiguration(
    @Meaning(
            "The witness's name in its cosignatures: a URL without its scheme, such as `witness.example/w1`.")
        String name,
    @Meaning("Address of the HTTP listener; port 0 lets the system choose.")
        @Default("127.0.0.1:8490")
        HostPort listen,
    @Meaning("Folder of the keys and of the database. Never restore it from a copy.") @Default(".")
        Path data,
    @Meaning(
            "File with a line `log VKEY` for each log to cosign"
                + " (c2sp.org/tlog-policy), and a line `origin` if its origin is not the"
                + " key's name. The witness reads it again when it changes.")
        Optional<Path> logs,
    @Meaning(
            "Trust policies of Counterfoil issuers whose logs are cosigned too, as"
                + " their key sets state them. A log's successor is added automatically.")
        List<Path> policies,
    @Meaning("The signature algorithm: Ed25519, ML-DSA-44, or both, each on its own line.")
        @Default("both")
        Cosigning cosign,
    @Meaning("Longest time for a request to arrive, and for a connection to be idle.")
        @Default("30s")
        @Bounds(min = "1s", max = "10m")
        Duration requestTime,
    @Meaning(
            "Addresses and ranges, such as `10.0.0.0/8`, that may read `/metrics` besides this host.")
        List<String> watchers,
    @Meaning("Addresses of proxies, whose connections carry many clients.")
        List<String> trustedProxies) {

  /** Which cosignatures the witness gives. */
  public enum Cosigning {
    /** Ed25519 only. */
    ED25519(Algorithm.ED25519),
    /** ML-DSA-44 only. */
    ML_DSA_44(Algorithm.ML_DSA_44),
    /** One line of each. */
    BOTH(Algorithm.ED25519, Algorithm.ML_DSA_44);

    @SuppressWarnings("ImmutableEnumChecker") // List.of
    private final List<Algorithm> algorithms;

    Cosigning(Algorithm... algorithms) {
      this.algorithms = List.of(algorithms);
    }

    List<Algorithm> algorithms() {
      return algorithms;
    }
  }

  public WitnessConfiguration {
    if (!NoteKey.isName(name)) {
      throw new IllegalArgumentException(
          "name must be 1 to 255 characters without white space and plus signs");
    }
    policies = List.copyOf(policies);
    watchers = List.copyOf(watchers);
    // IllegalArgumentException where one is none.
    Watchers.of(watchers);
    trustedProxies = List.copyOf(trustedProxies);
    var _ = new ClientAddress(trustedProxies);
    if (logs.isEmpty() && policies.isEmpty()) {
      throw new IllegalArgumentException("logs or policies must list what to cosign");
    }
  }
}
