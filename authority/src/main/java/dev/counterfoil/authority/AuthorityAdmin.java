package dev.counterfoil.authority;

import dev.counterfoil.authority.administration.ClientCommands;
import dev.counterfoil.authority.administration.SecondPersonDesk;
import dev.counterfoil.authority.clients.ClientDirectory;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.clients.ClientStanding;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Manages the clients and people of one domain over the authority's admin socket. The authority
 * checks which Unix user asks.
 */
public final class AuthorityAdmin implements AutoCloseable {
  private static final Duration TIME_MAX = Duration.ofSeconds(10);

  /** A socket of this host that runs takes a connection at once; a containment waits for this. */
  private static final Duration CONNECT_TIME_MAX = Duration.ofSeconds(3);

  private static final Duration CONNECT_STEP = Duration.ofMillis(10);

  private static final String NO_ANSWER =
      "the authority does not answer. Is it running, and may this user manage it?";

  private final SignerClient socket;

  /** Connects to a socket; a call waits for the connection for up to three seconds. */
  public AuthorityAdmin(Path adminSocket) {
    this.socket = new SignerClient(adminSocket);
  }

  /** The authority refused, with its reason. */
  public static sealed class RefusedException extends Exception permits WaitsException {
    private static final long serialVersionUID = 1L;

    private final Answer.Code code;

    RefusedException(Answer.Refused refused) {
      this(refused.code(), refused.text());
    }

    private RefusedException(Answer.Code code, String text) {
      super(text);
      this.code = code;
    }

    /** Why. */
    public Answer.Code code() {
      return code;
    }
  }

  /** It is not done yet: a second administrator has to confirm it. */
  public static final class WaitsException extends RefusedException {
    private static final long serialVersionUID = 1L;

    private WaitsException(String id, String why, Instant until) {
      super(
          Answer.Code.CONFLICT,
          "it waits for a second person, since "
              + why
              + ". Until "
              + until
              + " another administrator runs: counterfoil client confirm "
              + id);
    }

    static WaitsException of(JsonObject waiting) throws FormatException {
      return new WaitsException(
          waiting.string("waits"),
          waiting.string("why"),
          Instant.ofEpochSecond(waiting.number("until")));
    }
  }

  /** Confirms what another administrator asked for; the answer to that. */
  public JsonObject confirm(String id) throws RefusedException, IOException, InterruptedException {
    return ask(SecondPersonDesk.CONFIRM, JsonObject.builder().put("id", id).build());
  }

  /** What waits for a second administrator. */
  public List<JsonObject> waiting() throws RefusedException, IOException, InterruptedException {
    try {
      return ask(SecondPersonDesk.WAITING, JsonObject.builder().build()).objects("waiting");
    } catch (FormatException e) {
      throw new IOException("the authority answered with a list that is none", e);
    }
  }

  /**
   * Registers a client; registering the same again changes nothing.
   *
   * @return its secret when it was registered now and has one: the authority keeps only a hash and
   *     cannot show it again
   */
  public Optional<String> register(ClientRegistration registration)
      throws RefusedException, IOException, InterruptedException {
    return register(registration, Optional.empty());
  }

  /** The same of a client that is refused from a time on. */
  public Optional<String> register(ClientRegistration registration, Optional<Instant> expiresAt)
      throws RefusedException, IOException, InterruptedException {
    JsonObject json = registration.toJson();
    return secret(
        ask(
            ClientCommands.REGISTER,
            expiresAt.isPresent()
                ? json.with("expires_at", expiresAt.get().getEpochSecond())
                : json));
  }

  /**
   * Replaces what is registered about a client.
   *
   * @return a secret when it had none and needs one now
   */
  public Optional<String> update(ClientRegistration registration)
      throws RefusedException, IOException, InterruptedException {
    return secret(ask(ClientCommands.UPDATE, registration.toJson()));
  }

  /** Gives a client a new secret; the old one is no good from then on. */
  public String rotateSecret(String clientId)
      throws RefusedException, IOException, InterruptedException {
    return secret(ask(ClientCommands.ROTATE_SECRET, id(clientId)))
        .orElseThrow(() -> new IOException("the authority answered without a secret"));
  }

  /** Gives a client a new secret; the old one counts until {@link #dropOldSecret}. */
  public String rotateSecretKeepingOld(String clientId)
      throws RefusedException, IOException, InterruptedException {
    return secret(ask(ClientCommands.ROTATE_SECRET, id(clientId).with("keep_old", true)))
        .orElseThrow(() -> new IOException("the authority answered without a secret"));
  }

  /** Ends the secret before the present one; whether there was one. */
  public boolean dropOldSecret(String clientId)
      throws RefusedException, IOException, InterruptedException {
    return isMade(ask(ClientCommands.DROP_OLD_SECRET, id(clientId)));
  }

  /** Has a client refused, and revokes its tokens; or admits it again. */
  public Revoked admit(String clientId, boolean isAdmitted)
      throws RefusedException, IOException, InterruptedException {
    return Revoked.of(ask(ClientCommands.ADMIT, id(clientId).with("disabled", !isAdmitted)));
  }

  /** Has a client refused from a time on; empty for never. */
  public void expire(String clientId, Optional<Instant> at)
      throws RefusedException, IOException, InterruptedException {
    JsonObject question = id(clientId);
    var _ =
        ask(
            ClientCommands.EXPIRE,
            at.isPresent() ? question.with("expires_at", at.get().getEpochSecond()) : question);
  }

  private static boolean isMade(JsonObject result) {
    return "made".equals(result.get("outcome"));
  }

  /**
   * How a client stands.
   *
   * @param standing whether it is admitted
   * @param hasTwoSecrets whether the secret before still counts
   * @param usage when it was last used
   * @param usesSince of uses before this nothing is known
   */
  public record Standing(
      ClientStanding standing,
      boolean hasTwoSecrets,
      ClientDirectory.Usage usage,
      Instant usesSince) {
    private static Standing of(JsonObject json, JsonObject page) throws FormatException {
      List<ClientDirectory.CredentialUsage> credentials = new ArrayList<>();
      for (JsonObject one : json.objects("credentials")) {
        credentials.add(
            new ClientDirectory.CredentialUsage(
                one.string("kind"), one.optionalString("thumbprint"), time(one, "last_used")));
      }
      return new Standing(
          new ClientStanding(json.truth("disabled"), time(json, "expires_at")),
          json.truth("two_secrets"),
          new ClientDirectory.Usage(
              Instant.ofEpochSecond(json.number("registered_at")),
              time(json, "last_used"),
              credentials),
          Instant.ofEpochSecond(page.number("uses_since")));
    }

    private static Optional<Instant> time(JsonObject json, String name) throws FormatException {
      return json.optionalNumber(name).map(Instant::ofEpochSecond);
    }
  }

  /** How a client stands; empty where there is none. */
  public Optional<Standing> standing(String clientId)
      throws RefusedException, IOException, InterruptedException {
    JsonObject answer = ask(ClientCommands.LIST, id(clientId));
    try {
      List<JsonObject> entries = answer.objects("standings");
      return entries.isEmpty()
          ? Optional.empty()
          : Optional.of(Standing.of(entries.getFirst(), answer));
    } catch (FormatException e) {
      throw new IOException("the authority answered with a client that is none", e);
    }
  }

  /**
   * What became of the tokens of a client that was taken out, or got a new secret.
   *
   * @param secret its new secret, where it has one
   * @param notRevoked why they are not revoked yet, which the authority tries again until it is
   *     done; empty when they are
   * @param group the handle that they carry, where they were not
   */
  public record Revoked(
      Optional<String> secret, Optional<String> notRevoked, Optional<String> group) {
    private static Revoked of(JsonObject result) throws IOException {
      try {
        return new Revoked(
            result.optionalString("client_secret"),
            result.optionalString("tokens_not_revoked"),
            result.optionalString("group"));
      } catch (FormatException e) {
        throw new IOException("the authority answered something else", e);
      }
    }

    /** Leaves the secret out. */
    @Override
    public String toString() {
      return "Revoked[notRevoked=" + notRevoked + ", group=" + group + "]";
    }
  }

  /** Takes a client out, and revokes its tokens. */
  public Revoked remove(String clientId)
      throws RefusedException, IOException, InterruptedException {
    return Revoked.of(ask(ClientCommands.REMOVE, id(clientId)));
  }

  /** Gives a client a new secret, and revokes the tokens that it has. */
  public Revoked rotateSecretAndRevoke(String clientId)
      throws RefusedException, IOException, InterruptedException {
    return Revoked.of(
        ask(
            ClientCommands.ROTATE_SECRET,
            JsonObject.builder().put("client_id", clientId).put("revoke_tokens", true).build()));
  }

  /** What is registered about a client; empty where there is none. */
  public Optional<ClientRegistration> find(String clientId)
      throws RefusedException, IOException, InterruptedException {
    JsonObject answer = ask(ClientCommands.LIST, id(clientId));
    try {
      List<JsonObject> entries = answer.objects("clients");
      return entries.isEmpty()
          ? Optional.empty()
          : Optional.of(ClientRegistration.parse(entries.getFirst()));
    } catch (FormatException e) {
      throw new IOException("the authority answered with a client that is none", e);
    }
  }

  /** A client, and how it stands. */
  public record Registered(ClientRegistration registration, Standing standing) {}

  /** Every client, in the order of their ids. */
  public List<ClientRegistration> list()
      throws RefusedException, IOException, InterruptedException {
    return listWithStandings(Optional.empty()).stream().map(Registered::registration).toList();
  }

  /**
   * Clients and how they stand, in the order of their ids.
   *
   * @param unusedFor those that were not used for so long, or have a secret or key that was not;
   *     empty for all
   */
  public List<Registered> listWithStandings(Optional<Duration> unusedFor)
      throws RefusedException, IOException, InterruptedException {
    List<Registered> clients = new ArrayList<>();
    String after = "";
    while (true) {
      JsonObject.Builder question = JsonObject.builder().put("after", after);
      unusedFor.ifPresent(one -> question.put("unused_seconds", Long.toString(one.toSeconds())));
      JsonObject page = ask(ClientCommands.LIST, question.build());
      try {
        List<JsonObject> entries = page.objects("clients");
        List<JsonObject> standings = page.objects("standings");
        for (int i = 0; i < entries.size(); i++) {
          clients.add(
              new Registered(
                  ClientRegistration.parse(entries.get(i)), Standing.of(standings.get(i), page)));
        }
        if (entries.size() < ClientCommands.PAGE) {
          return clients;
        }
      } catch (FormatException | IndexOutOfBoundsException e) {
        throw new IOException("the authority answered with a list that is none", e);
      }
      after = clients.getLast().registration().clientId();
    }
  }

  /**
   * Somebody who fetched a JWKS: a hint at a service that never says which keys it holds.
   *
   * @param address where it came from
   * @param agent what it calls itself
   * @param publication which of the two sets, as key statements name it
   * @param fetchedAt when last
   * @param kids the keys that it got then, or had already
   */
  public record JwksFetcher(
      String address, String agent, String publication, Instant fetchedAt, List<String> kids) {}

  /**
   * Who fetched a JWKS.
   *
   * @param since nothing is known from before
   * @param fetchers the latest last
   */
  public record JwksFetchers(Instant since, List<JwksFetcher> fetchers) {}

  /** Who fetched a JWKS since the authority started. */
  public JwksFetchers jwksFetchers() throws RefusedException, IOException, InterruptedException {
    JsonObject answer = ask(ClientCommands.JWKS_FETCHES, JsonObject.builder().build());
    try {
      List<JwksFetcher> fetchers = new ArrayList<>();
      for (JsonObject one : answer.objects("fetchers")) {
        fetchers.add(
            new JwksFetcher(
                one.string("address"),
                one.string("agent"),
                one.string("publication"),
                Instant.ofEpochSecond(one.number("fetched_at")),
                one.strings("kids")));
      }
      return new JwksFetchers(Instant.ofEpochSecond(answer.number("since")), fetchers);
    } catch (FormatException e) {
      throw new IOException("the authority answered with a list that is none", e);
    }
  }

  private static JsonObject id(String clientId) {
    return JsonObject.builder().put("client_id", clientId).build();
  }

  private static Optional<String> secret(JsonObject result) throws IOException {
    try {
      return result.optionalString("client_secret");
    } catch (FormatException e) {
      throw new IOException("the authority answered with a secret that is none", e);
    }
  }

  /** The people of the domain, over the same socket. */
  public PeopleAdmin people() {
    return new PeopleAdmin(this);
  }

  /** The groups of people, over the same socket. */
  public GroupsAdmin groups() {
    return new GroupsAdmin(this);
  }

  /** How security events reach receivers, over the same socket. */
  public SignalsAdmin signals() {
    return new SignalsAdmin(this);
  }

  JsonObject ask(String command, JsonObject arguments)
      throws RefusedException, IOException, InterruptedException {
    long deadline = System.nanoTime() + CONNECT_TIME_MAX.toNanos();
    while (!socket.isConnected()) {
      if (System.nanoTime() - deadline >= 0) {
        throw new IOException(NO_ANSWER);
      }
      Thread.sleep(CONNECT_STEP);
    }
    try {
      return switch (socket.ask(new Request.Command(command, arguments), TIME_MAX)) {
        case Answer.Done done when done.result().has("waits") ->
            throw WaitsException.of(done.result());
        case Answer.Done done -> done.result();
        case Answer.Refused refused -> throw new RefusedException(refused);
        case Answer.Issued issued -> throw new IOException("the authority answered something else");
        case Answer.Records records ->
            throw new IOException("the authority answered something else");
        case Answer.Recorded recorded ->
            throw new IOException("the authority answered something else");
      };
    } catch (SignerUnavailableException e) {
      throw new IOException(NO_ANSWER, e);
    } catch (FormatException e) {
      throw new IOException("the authority answered something else", e);
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
