package dev.counterfoil.cli;

import dev.counterfoil.authority.AuthorityAdmin;
import dev.counterfoil.authority.clients.AuthenticationMethod;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.clients.Concession;
import dev.counterfoil.authority.clients.RegistrationCheck;
import dev.counterfoil.authority.clients.SignInTerms;
import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.DurationText;
import dev.counterfoil.cli.command.ExitCode;
import dev.counterfoil.cli.command.FetchedKeys;
import dev.counterfoil.cli.command.InstallationCommand;
import dev.counterfoil.cli.command.Table;
import dev.counterfoil.cli.command.TimeText;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.installation.layout.InstallationClients;
import dev.counterfoil.installation.layout.SocketReach;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Manages the clients of a trust domain. */
@Command(
    name = "client",
    mixinStandardHelpOptions = true,
    description = {
      "Manages the clients of a trust domain, over the authority's admin socket.",
      "Every subcommand takes --json."
    },
    subcommands = {
      ClientCommand.Add.class,
      ClientCommand.ListAll.class,
      ClientCommand.Show.class,
      ClientUpdateCommand.class,
      ClientAdmission.Disable.class,
      ClientAdmission.Enable.class,
      ClientCommand.RotateSecret.class,
      ClientAdmission.DropSecret.class,
      ClientCommand.Remove.class,
      ClientAdmission.Confirm.class
    })
final class ClientCommand {
  private static final int JWKS_BYTES_MAX = 64 * 1024;

  private ClientCommand() {}

  /** What all of them need. */
  abstract static class Managing extends InstallationCommand {
    @Override
    public Integer call() throws InterruptedException {
      Path socket = installation.authoritySocket();
      SocketReach.denied(socket)
          .ifPresent(
              why -> {
                throw CommandFailure.unavailable("cannot reach the authority: " + why);
              });
      try (AuthorityAdmin admin = new AuthorityAdmin(socket)) {
        manage(admin);
        return ExitCode.OK;
      } catch (AuthorityAdmin.RefusedException e) {
        throw CommandFailure.environment(
            "the authority refused (" + e.code() + "): " + e.getMessage());
      } catch (IOException e) {
        throw CommandFailure.unavailable(
            "the authority does not answer: " + SocketReach.why(socket));
      }
    }

    abstract void manage(AuthorityAdmin admin)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException;

    /** Says that tokens are good still where the registrar did not revoke them yet. */
    void warnOfTokens(String clientId, AuthorityAdmin.Revoked done) {
      done.notRevoked()
          .ifPresent(
              why ->
                  System.err.println(
                      "Warning: the tokens of "
                          + clientId
                          + " are not revoked yet: "
                          + why
                          + ". The authority keeps trying until they are. To end them"
                          + " without the authority, revoke their key: counterfoil keys"
                          + " revoke."));
    }

    /** Without the key log it is registered nevertheless: the signer decides at each token. */
    void check(ClientRegistration registration) {
      List<KeyStatement> keys;
      try {
        keys = FetchedKeys.fetch(installation.policy()).keys();
      } catch (CommandFailure e) {
        System.err.println(
            "Warning: could not check whether any key may sign its tokens: " + e.getMessage());
        return;
      }
      List<String> faults =
          RegistrationCheck.faults(registration, keys, InstantSource.system().instant());
      if (!faults.isEmpty()) {
        throw CommandFailure.environment(
            "no key may sign its tokens: " + String.join("; ", faults));
      }
    }

    /** What is registered about a client; throws CommandFailure where there is none. */
    static ClientRegistration registered(AuthorityAdmin admin, String clientId)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      return admin
          .find(clientId)
          .orElseThrow(
              () ->
                  CommandFailure.environment(
                      "There is no client "
                          + clientId
                          + ". To list the clients, run: counterfoil client list"));
    }

    /** The public keys in a file. */
    static JsonObject keysIn(Path jwks) {
      try {
        return StrictJson.object(Files.readAllBytes(jwks), JWKS_BYTES_MAX);
      } catch (IOException e) {
        throw CommandFailure.environment("cannot read " + jwks);
      } catch (FormatException e) {
        throw CommandFailure.environment(jwks + ": " + e.getMessage());
      }
    }

    /** Keeps a secret where only its owner reads it, and says where. */
    void keep(String clientId, String secret) throws IOException {
      Path secretFile = write(clientId, secret);
      print(
          JsonObject.builder()
              .put("client_id", clientId)
              .put("secret_file", secretFile.toString())
              .build(),
          said(secretFile));
    }

    /** The same beside what else is printed. */
    void keepQuietly(String clientId, String secret) throws IOException {
      System.err.println(clientId + ": " + said(write(clientId, secret)));
    }

    private Path write(String clientId, String secret) throws IOException {
      Path secretFile = installation.context().secret(clientId);
      DataFolder.ownerOnly(installation.context().clients());
      DataFolder.writeOwnerOnly(secretFile, secret + "\n");
      return secretFile;
    }

    private static String said(Path secretFile) {
      return "The secret is in "
          + secretFile
          + ", which only you can read. Hand it over by a secure channel, then delete the file.";
    }
  }

  /** What those need that are about one client. */
  abstract static class ManagingOne extends Managing {
    @Parameters(paramLabel = "CLIENT_ID", description = "The client.")
    String clientId;
  }

  /** Registers a client. */
  @Command(
      name = "add",
      description = {
        "Registers a client, which may have only what is listed here.",
        "The command refuses a tenant, audience or token life that no key may sign for.",
        "A client with a secret gets 256 random bits, written to a file that only you can read."
      })
  static final class Add extends Managing {
    @Parameters(paramLabel = "CLIENT_ID", description = "Its client_id.")
    private String clientId;

    @Option(
        names = "--tenant",
        required = true,
        paramLabel = "NAME",
        description = "The tenant that all its tokens are for.")
    private String tenant;

    @Option(
        names = "--audience",
        paramLabel = "NAME",
        description = "A service that its tokens may be for. May be repeated.")
    private List<String> audiences = new ArrayList<>();

    @Option(
        names = "--scope",
        paramLabel = "SCOPE",
        description = "A scope that its tokens may have. May be repeated.")
    private List<String> scopes = new ArrayList<>();

    @Option(
        names = "--subject",
        paramLabel = "NAME",
        description = "The sub of its tokens (default: its client_id).")
    private @Nullable String subject;

    @Option(
        names = "--jwks",
        paramLabel = "FILE",
        description =
            "The client's public keys. It then authenticates by private_key_jwt and"
                + " has no secret.")
    private @Nullable Path jwks;

    @Option(
        names = "--make-key",
        description =
            "Create a key for the client, in a file that only you can read. It then"
                + " authenticates by private_key_jwt and has no secret.")
    private boolean makeKey;

    @Option(
        names = "--public",
        description =
            "The client can keep no secret: an application on a device or in a browser. It has"
                + " none, and signs people in with PKCE.")
    private boolean isPublic;

    @Mixin private SignInOptions signIn = new SignInOptions();

    @Option(
        names = "--dpop",
        description = "The client's tokens must be bound to a key of its own (DPoP).")
    private boolean dpop;

    @Option(
        names = "--introspects",
        description = "The client may introspect tokens for its audiences.")
    private boolean introspects;

    @Option(
        names = "--token-life",
        paramLabel = "DURATION",
        converter = DurationText.class,
        description = "Lifetime of its tokens, such as 10m (default: the domain's).")
    private @Nullable Duration tokenLife;

    @Option(
        names = "--token-algorithm",
        paramLabel = "ALG",
        description =
            "Algorithm that signs its tokens, one that the domain has keys for. For"
                + " services that cannot follow a change yet (default: the domain's first).")
    private @Nullable String tokenAlgorithm;

    @Option(
        names = "--expires",
        paramLabel = "TIME",
        description = "From when on it is refused: " + TimeText.FUTURE + " (default: never).")
    private @Nullable String expires;

    @Option(
        names = "--concede",
        paramLabel = "NAME",
        description =
            "An older behaviour that the client may keep until it can change: rs256"
                + " (sign its assertions with RS256 instead of PS256) or"
                + " token-endpoint-audience (use the token endpoint as their audience"
                + " instead of the issuer). May be repeated.")
    private List<String> concessions = new ArrayList<>();

    @Override
    void manage(AuthorityAdmin admin)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      if (isPublic && (jwks != null || makeKey)) {
        throw CommandFailure.environment(
            "--public is for a client that can keep no key: leave out --public, or --jwks and"
                + " --make-key");
      }
      ClientRegistration registration;
      try {
        registration =
            new ClientRegistration(
                clientId,
                clientId,
                tenant,
                subject == null ? clientId : subject,
                method(),
                keys(),
                audiences,
                scopes,
                dpop,
                introspects,
                Optional.ofNullable(tokenLife),
                Optional.ofNullable(tokenAlgorithm),
                granted(),
                signIn.changed(SignInTerms.NONE));
      } catch (IllegalArgumentException e) {
        throw CommandFailure.environment(String.valueOf(e.getMessage()));
      }
      check(registration);
      Optional<String> secret =
          admin.register(
              registration,
              expires == null ? Optional.empty() : ClientUpdateCommand.expiry(expires));
      print(
          registration.toJson(),
          makeKey
              ? "Registered "
                  + clientId
                  + ". Its key is in "
                  + installation.context().privateKey(clientId)
                  + ", which only you can read."
              : "Registered " + clientId + ".");
      if (secret.isPresent()) {
        keep(clientId, secret.get());
      }
    }

    private Set<Concession> granted() {
      Set<Concession> granted = EnumSet.noneOf(Concession.class);
      for (String name : concessions) {
        try {
          granted.add(Concession.of(name));
        } catch (FormatException e) {
          throw CommandFailure.environment("--concede: " + e.getMessage());
        }
      }
      return granted;
    }

    private AuthenticationMethod method() {
      if (jwks != null || makeKey) {
        return AuthenticationMethod.PRIVATE_KEY_JWT;
      }
      return isPublic ? AuthenticationMethod.NONE : AuthenticationMethod.CLIENT_SECRET_BASIC;
    }

    private Optional<JsonObject> keys() throws IOException {
      if (jwks == null) {
        return makeKey
            ? Optional.of(InstallationClients.keysOf(installation.context().privateKey(clientId)))
            : Optional.empty();
      }
      return Optional.of(keysIn(jwks));
    }
  }

  /** Lists the clients. */
  @Command(
      name = "list",
      description = {
        "Lists the clients, what each one may have, and when it was last used.",
        "Times are exact to a quarter of an hour."
      })
  static final class ListAll extends Managing {
    @Option(
        names = "--unused",
        paramLabel = "DURATION",
        converter = DurationText.class,
        description =
            "Only clients that were not used for so long, such as 90d, or that have a secret or"
                + " key that was not.")
    private @Nullable Duration unused;

    @Override
    void manage(AuthorityAdmin admin)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      List<AuthorityAdmin.Registered> clients =
          admin.listWithStandings(Optional.ofNullable(unused));
      Table table = new Table(1000, List.of("CLIENT", "TENANT", "PROOF", "LAST USED", "MAY HAVE"));
      for (AuthorityAdmin.Registered one : clients) {
        ClientRegistration client = one.registration();
        table.row(
            List.of(
                client.clientId(),
                client.tenant(),
                client.method().text(),
                unused == null
                    ? ClientUsageText.of(one.standing())
                    : ClientUsageText.ofEach(one.standing()),
                "%s%s for %s%s"
                    .formatted(
                        one.standing().standing().disabled() ? "nothing while disabled; else " : "",
                        client.scopes().isEmpty() ? "no scope" : String.join(" ", client.scopes()),
                        client.audiences().isEmpty()
                            ? "nobody"
                            : String.join(", ", client.audiences()),
                        client.dpopRequired() ? ", bound" : "")));
      }
      print(
          JsonObject.builder()
              .put(
                  "clients",
                  clients.stream()
                      .map(one -> ClientUsageText.in(one.registration().toJson(), one.standing()))
                      .toList())
              .build(),
          table.toString());
    }
  }

  /** Shows one client. */
  @Command(
      name = "show",
      description = "Shows everything that is registered about a client except its secret.")
  static final class Show extends ManagingOne {
    @Override
    void manage(AuthorityAdmin admin)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      ClientRegistration client = registered(admin, clientId);
      Optional<AuthorityAdmin.Standing> standing = admin.standing(clientId);
      StringBuilder text = new StringBuilder();
      line(text, "client", client.clientId());
      line(text, "tenant", client.tenant());
      line(text, "subject", client.subject());
      line(text, "authenticates by", client.method().text());
      for (String key : keys(client)) {
        line(text, "key", key);
      }
      line(text, "last used", standing.map(ClientUsageText::ofEach).orElse("unknown"));
      line(text, "audiences", String.join(", ", client.audiences()));
      line(text, "scopes", String.join(" ", client.scopes()));
      line(text, "tokens", tokens(client));
      line(text, "may introspect", client.mayIntrospect() ? "yes" : "no");
      line(text, "signs people in", String.join(" ", client.signIn().redirectUris()));
      line(text, "learns groups", client.signIn().groups().text());
      line(text, "hears of logout", client.signIn().protocol().backChannelLogoutUri().orElse(""));
      line(text, "concessions", concessions(client));
      line(text, "state", standing.map(Show::state).orElse("unknown"));
      print(json(client, standing), text.toString().stripTrailing());
    }

    private static void line(StringBuilder text, String name, String value) {
      text.append("%-17s %s%n".formatted(name, value.isEmpty() ? "none" : value));
    }

    private static JsonObject json(
        ClientRegistration client, Optional<AuthorityAdmin.Standing> standing) {
      if (standing.isEmpty()) {
        return client.toJson();
      }
      JsonObject json = ClientUsageText.in(client.toJson(), standing.get());
      JsonObject whole = json.with("two_secrets", standing.get().hasTwoSecrets());
      return standing
          .get()
          .standing()
          .expiresAt()
          .map(end -> whole.with("expires_at", end.toString()))
          .orElse(whole);
    }

    private static String state(AuthorityAdmin.Standing standing) {
      String expires =
          standing
              .standing()
              .expiresAt()
              .map(end -> ", expires at " + end.truncatedTo(ChronoUnit.SECONDS))
              .orElse("");
      return (standing.standing().disabled() ? "disabled" : "enabled")
          + expires
          + (standing.hasTwoSecrets() ? ", two secrets count" : "");
    }

    private static String tokens(ClientRegistration client) {
      return (client.dpopRequired() ? "bound to a key" : "bearer, or bound to a key")
          + ", "
          + client
              .tokenLife()
              .map(life -> life.toSeconds() + " seconds")
              .orElse("the domain's life")
          + ", "
          + client.tokenAlgorithm().orElse("the domain's algorithm");
    }

    /** RFC 7638 thumbprint and name of each. */
    private static List<String> keys(ClientRegistration client) throws IOException {
      List<String> keys = new ArrayList<>();
      try {
        if (client.jwks().isPresent()) {
          for (JsonObject jwk : client.jwks().get().objects("keys")) {
            PublicJwk key = PublicJwk.parse(jwk.without("alg"));
            keys.add(
                key.thumbprint()
                    + " ("
                    + jwk.string("kty")
                    + jwk.optionalString("kid").map(kid -> ", kid " + kid).orElse("")
                    + ")");
          }
        }
      } catch (FormatException e) {
        throw new IOException("the authority returned an invalid key", e);
      }
      return keys;
    }

    private static String concessions(ClientRegistration client) {
      return client.concessions().stream().map(Concession::words).collect(Collectors.joining("; "));
    }
  }

  /** Gives a client a new secret. */
  @Command(
      name = "rotate-secret",
      description = {
        "Gives a client a new secret; the old one stops working at once.",
        "With --keep-old both count, until drop-secret ends the old one."
      })
  static final class RotateSecret extends ManagingOne {
    @Option(
        names = "--revoke-tokens",
        description = "Revoke its present tokens too, such as after the secret was stolen.")
    private boolean revokesTokens;

    @Option(
        names = "--keep-old",
        description = "The old secret counts too, until it is dropped or the next rotation.")
    private boolean keepsOld;

    @Override
    void manage(AuthorityAdmin admin)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      if (revokesTokens && keepsOld) {
        throw CommandFailure.environment(
            "--revoke-tokens is for a stolen secret, and --keep-old keeps it");
      }
      if (!revokesTokens) {
        keep(
            clientId,
            keepsOld ? admin.rotateSecretKeepingOld(clientId) : admin.rotateSecret(clientId));
        return;
      }
      AuthorityAdmin.Revoked done = admin.rotateSecretAndRevoke(clientId);
      keep(
          clientId,
          done.secret()
              .orElseThrow(() -> new IOException("the authority answered without a secret")));
      warnOfTokens(clientId, done);
    }
  }

  /** Takes a client out. */
  @Command(
      name = "remove",
      description = {
        "Removes a client and revokes its tokens.",
        "Services that read only a status list do not learn of this."
      })
  static final class Remove extends ManagingOne {
    @Override
    void manage(AuthorityAdmin admin)
        throws AuthorityAdmin.RefusedException, IOException, InterruptedException {
      AuthorityAdmin.Revoked done = admin.remove(clientId);
      print(
          JsonObject.builder()
              .put("removed", clientId)
              .put("tokens_not_revoked", done.notRevoked().orElse(null))
              .put("group", done.group().orElse(null))
              .build(),
          done.notRevoked().isPresent()
              ? "Removed " + clientId + "."
              : "Removed " + clientId + ", and revoked its tokens.");
      warnOfTokens(clientId, done);
    }
  }
}
