package dev.counterfoil.cli.audit.reading;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.cli.command.InstallationOptions;
import dev.counterfoil.cli.command.TimeText;
import dev.counterfoil.cli.command.TokenFile;
import dev.counterfoil.cli.token.TokenArgument;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whose events are asked for, from whom, and which. */
public final class AuditOptions {
  @Option(
      names = "--tenant",
      paramLabel = "NAME",
      description =
          "The tenant (default: the domain's only one). When the operator reads, the"
              + " tenant sees an event.")
  private @Nullable String tenant;

  @Option(
      names = "--access-token",
      paramLabel = "FILE",
      description =
          "File with an access token of a client of the tenant, with scope"
              + " counterfoil:audit, or - for standard input. Without it the command asks"
              + " the monitor's admin socket, as the operator.")
  private @Nullable String accessToken;

  @Option(
      names = "--monitor",
      paramLabel = "URL",
      description = "With --access-token: the monitor (default: the installation's).")
  private @Nullable URI monitor;

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      description =
          "The token's identifier (jti), or a file that holds the token, or - for"
              + " standard input. Only the token's identifier and digest are sent.")
  private @Nullable String token;

  private @Nullable TokenArgument read;

  @Option(names = "--client", paramLabel = "ID", description = "The client that was used.")
  private @Nullable String client;

  @Option(
      names = {"--entity", "--mailbox"},
      paramLabel = "NAME",
      description = "The object: a mailbox, a client, a key.")
  private @Nullable String entity;

  @Option(names = "--actor", paramLabel = "NAME", description = "Who acted.")
  private @Nullable String actor;

  @Option(names = "--key", paramLabel = "KID", description = "The signing key.")
  private @Nullable String key;

  @Option(names = "--address", paramLabel = "IP", description = "From where.")
  private @Nullable String address;

  @Option(
      names = "--source",
      paramLabel = "NAME",
      description = "The source that reported: DOMAIN/CLIENT.")
  private @Nullable String source;

  @Option(
      names = "--item",
      paramLabel = "ID",
      description = "The item that was accessed, such as a message's identifier.")
  private @Nullable String item;

  @Option(
      names = "--text",
      paramLabel = "WORDS",
      description = "Text anywhere in the event, in upper or lower case.")
  private @Nullable String text;

  @Option(names = "--class", paramLabel = "UID", description = "The OCSF class, such as 6005.")
  private @Nullable String classUid;

  @Option(
      names = "--from",
      paramLabel = "TIME",
      description = "The earliest time: " + TimeText.PAST + ".")
  private @Nullable String from;

  @Option(
      names = "--to",
      paramLabel = "TIME",
      description = "The end of the time range; events at this time are left out.")
  private @Nullable String to;

  /** What is asked for, by the parameters' names. */
  public JsonObject query(@Nullable String before, int limit) {
    return JsonObject.builder()
        .put("token", token == null ? null : token(token).identifier())
        .put("client", client)
        .put("entity", entity)
        .put("actor", actor)
        .put("key", key)
        .put("address", address)
        .put("source", source)
        .put("item", item)
        .put("text", text)
        .put("class", classUid)
        .put("from", from == null ? null : millis("--from", from))
        .put("to", to == null ? null : millis("--to", to))
        .put("before", before)
        .put("limit", limit > 0 ? Integer.toString(limit) : null)
        .build();
  }

  /** The same for a stream: nothing but texts. */
  public JsonObject texts() {
    JsonObject query = query(null, 0);
    JsonObject.Builder texts = JsonObject.builder();
    query.names().forEach(name -> texts.put(name, String.valueOf(query.get(name))));
    return texts.build();
  }

  /** Whether a time is named from which on to look. */
  public boolean isFromATime() {
    return from != null;
  }

  /** The digest of the token that is meant, where the token itself was given. */
  public Optional<Hash> digest() {
    return token == null ? Optional.empty() : token(token).digest();
  }

  /** The issuer that the token itself names, where it was given. */
  public Optional<String> issuer() {
    return token == null ? Optional.empty() : token(token).issuer();
  }

  /** Read once: standard input has the token once. */
  private TokenArgument token(String given) {
    TokenArgument known = read;
    if (known == null) {
      known = TokenArgument.of(given);
      read = known;
    }
    return known;
  }

  private static String millis(String option, String time) {
    return Long.toString(
        TimeText.past(option, time, InstantSource.system().instant()).toEpochMilli());
  }

  /** Where the events come from: the monitor of an installation, unless another is named. */
  AuditSource events(InstallationOptions installation) {
    if (accessToken != null) {
      return new HttpAuditSource(monitorUrl(installation), TokenFile.read(accessToken));
    }
    return new AdminAuditSource(
        installation.monitorAdmin(), installation.domainName(), tenant(installation));
  }

  /** Whether the events come over HTTP, with an access token. */
  boolean isOverHttp() {
    return accessToken != null;
  }

  private String tenant(InstallationOptions installation) {
    if (tenant != null) {
      return KnownTenant.require(installation, tenant);
    }
    List<String> tenants = installation.context().tenants();
    if (tenants.size() == 1 && !tenants.getFirst().equals("*")) {
      return tenants.getFirst();
    }
    throw CommandFailure.environment("name the tenant with --tenant");
  }

  private URI monitorUrl(InstallationOptions installation) {
    return monitor != null ? monitor : installation.monitor().url();
  }
}
