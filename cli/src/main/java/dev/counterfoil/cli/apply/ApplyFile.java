package dev.counterfoil.cli.apply;

import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.cli.apply.ApplyStep.Expiry;
import dev.counterfoil.cli.apply.WantedTenant.WantedClient;
import dev.counterfoil.cli.apply.WantedTenant.WantedGroup;
import dev.counterfoil.cli.apply.WantedTenant.WantedPerson;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.configuration.YamlBlock;
import dev.counterfoil.directory.PeopleGroup;
import dev.counterfoil.directory.Person;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.signin.passwords.PasswordHash;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file of tenants with people, groups and clients. The members of a client are those of
 * {@code counterfoil client show --json}. What is wrong is named by file, line and key.
 */
public final class ApplyFile {
  /** Longest file, in bytes: some 20,000 people. */
  public static final int BYTES_MAX = 3_000_000;

  private static final List<String> PERSON =
      List.of("username", "name", "email", "email_verified", "disabled", "password_hash");

  private static final List<String> CLIENT =
      Stream.concat(
              ClientRegistration.members().stream().filter(name -> !name.equals("tenant")),
              Stream.of("disabled", "expires_at"))
          .toList();

  private static final Pattern MEMBER = Pattern.compile("member ([a-z_]+) .*");

  private final String file;

  /** Where each name stood first. */
  private final Map<String, Integer> lines = new HashMap<>();

  private ApplyFile(String file) {
    this.file = file;
  }

  /**
   * Reads one.
   *
   * @param file how messages call it
   */
  public static List<WantedTenant> parse(String file, String yaml) throws ConfigurationException {
    YamlBlock root = YamlBlock.parse(file, yaml);
    root.allowOnly(List.of("tenants"));
    ApplyFile reader = new ApplyFile(file);
    List<WantedTenant> tenants = new ArrayList<>();
    for (YamlBlock block :
        root.optionalBlocks("tenants")
            .orElseThrow(() -> root.wrong("tenants", "it is missing, want a list"))) {
      tenants.add(reader.tenant(block));
    }
    return tenants;
  }

  private String where(YamlBlock block) {
    return file + ":" + block.line();
  }

  private void once(YamlBlock block, String key, String kind, String name)
      throws ConfigurationException {
    @Nullable Integer earlier = lines.putIfAbsent(kind + " " + name, block.line());
    if (earlier != null) {
      throw block.wrong(key, kind + " " + name + " stands twice, first on line " + earlier);
    }
  }

  private WantedTenant tenant(YamlBlock block) throws ConfigurationException {
    block.allowOnly(List.of("name", "people", "groups", "clients"));
    String name = block.text("name");
    once(block, "name", "tenant", name);
    Optional<List<YamlBlock>> people = block.optionalBlocks("people");
    Optional<List<YamlBlock>> groups = block.optionalBlocks("groups");
    Optional<List<YamlBlock>> clients = block.optionalBlocks("clients");
    return new WantedTenant(
        name,
        people.isEmpty() ? Optional.empty() : Optional.of(people(name, people.get())),
        groups.isEmpty() ? Optional.empty() : Optional.of(groups(name, groups.get())),
        clients.isEmpty() ? Optional.empty() : Optional.of(clients(name, clients.get())));
  }

  private List<WantedPerson> people(String tenant, List<YamlBlock> blocks)
      throws ConfigurationException {
    List<WantedPerson> people = new ArrayList<>();
    for (YamlBlock block : blocks) {
      block.allowOnly(PERSON);
      String username = block.text("username").toLowerCase(Locale.ROOT);
      String name = block.optionalText("name").orElse(username);
      Optional<String> email = block.optionalText("email");
      Optional<Boolean> isVerified = block.optionalTruth("email_verified");
      try {
        // Its rules are those of a person who is added.
        var _ =
            new Person(
                "nobody",
                tenant,
                username,
                name,
                email,
                isVerified.orElse(false),
                false,
                Instant.EPOCH,
                1);
      } catch (IllegalArgumentException e) {
        throw block.wrong(String.valueOf(e.getMessage()));
      }
      once(block, "username", "person", username);
      people.add(
          new WantedPerson(
              where(block),
              username,
              name,
              email,
              isVerified,
              block.optionalTruth("disabled"),
              password(block)));
    }
    return people;
  }

  private static Optional<PasswordHash> password(YamlBlock block) throws ConfigurationException {
    Optional<String> hash = block.optionalText("password_hash");
    try {
      return hash.map(PasswordHash::parse);
    } catch (IllegalArgumentException e) {
      throw block.wrong("password_hash", String.valueOf(e.getMessage()));
    }
  }

  private List<WantedGroup> groups(String tenant, List<YamlBlock> blocks)
      throws ConfigurationException {
    List<WantedGroup> groups = new ArrayList<>();
    for (YamlBlock block : blocks) {
      block.allowOnly(List.of("name", "members"));
      String name = block.text("name");
      try {
        var _ = new PeopleGroup(tenant, name, Instant.EPOCH, 1);
      } catch (IllegalArgumentException e) {
        throw block.wrong("name", String.valueOf(e.getMessage()));
      }
      once(block, "name", "group of " + tenant, name);
      Optional<List<YamlBlock.Item>> members = block.optionalTexts("members");
      groups.add(
          new WantedGroup(
              where(block),
              name,
              members.isEmpty() ? Optional.empty() : Optional.of(members(block, members.get()))));
    }
    return groups;
  }

  private static SortedSet<String> members(YamlBlock block, List<YamlBlock.Item> items)
      throws ConfigurationException {
    SortedSet<String> members = new TreeSet<>();
    for (YamlBlock.Item item : items) {
      if (!members.add(item.text().toLowerCase(Locale.ROOT))) {
        throw block.wrong("members", item.text() + " stands twice, again on line " + item.line());
      }
    }
    return members;
  }

  private List<WantedClient> clients(String tenant, List<YamlBlock> blocks)
      throws ConfigurationException {
    List<WantedClient> clients = new ArrayList<>();
    for (YamlBlock block : blocks) {
      block.allowOnly(CLIENT);
      ClientRegistration registration = registration(tenant, block);
      once(block, "client_id", "client", registration.clientId());
      clients.add(
          new WantedClient(
              where(block), registration, block.optionalTruth("disabled"), expiry(block)));
    }
    return clients;
  }

  private static ClientRegistration registration(String tenant, YamlBlock block)
      throws ConfigurationException {
    block.text("client_id");
    JsonObject json = JsonObject.builder().put("tenant", tenant).build();
    for (String name : block.names()) {
      @Nullable Object value = json(block.plain(name));
      if (value != null && !name.equals("disabled") && !name.equals("expires_at")) {
        json = json.with(name, value);
      }
    }
    for (String list : List.of("audiences", "scopes")) {
      json = json.has(list) ? json : json.with(list, List.of());
    }
    if (!json.has("token_endpoint_auth_method")) {
      json =
          json.with(
              "token_endpoint_auth_method",
              json.has("jwks") ? "private_key_jwt" : "client_secret_basic");
    }
    try {
      return ClientRegistration.parse(json);
    } catch (FormatException | IllegalArgumentException e) {
      String why = String.valueOf(e.getMessage());
      Matcher member = MEMBER.matcher(why);
      throw member.matches() && block.has(member.group(1))
          ? block.wrong(member.group(1), why + " (put a text in quotes)")
          : block.wrong("client_id", block.text("client_id") + ": " + why);
    }
  }

  private static @Nullable Object json(@Nullable Object plain) {
    return switch (plain) {
      case Map<?, ?> map -> {
        JsonObject object = JsonObject.builder().build();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          @Nullable Object value = json(entry.getValue());
          object = value == null ? object : object.with(String.valueOf(entry.getKey()), value);
        }
        yield object;
      }
      case List<?> list -> list.stream().map(ApplyFile::json).filter(Objects::nonNull).toList();
      case null, default -> plain;
    };
  }

  private static Optional<Expiry> expiry(YamlBlock block) throws ConfigurationException {
    Optional<String> text = block.optionalText("expires_at");
    if (text.isEmpty() || text.get().equals("never")) {
      return text.map(_ -> new Expiry(Optional.empty()));
    }
    try {
      return Optional.of(new Expiry(Optional.of(Instant.parse(text.get()))));
    } catch (DateTimeException e) {
      throw block.wrong("expires_at", "want a time such as 2027-03-31T00:00:00Z, or never");
    }
  }
}
