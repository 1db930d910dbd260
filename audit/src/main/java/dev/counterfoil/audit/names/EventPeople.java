package dev.counterfoil.audit.names;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.audit.access.Source;
import dev.counterfoil.format.audit.AuditEvent;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The people of an event, and what follows from their keys: the key of the event, from that its
 * salt and the seal of its texts, and what stands in the columns by which it is found. One of the
 * keys gone, all of that is gone.
 *
 * <p>In a column {@code ~} is before a pseudonym or what is sealed, and {@code =} before a text as
 * it is.
 */
public final class EventPeople {
  /** Columns whose texts are sealed for their tenant. */
  private static final int[] SEALED = {EventRow.ADDRESS, EventRow.SESSION};

  private final Names names;
  private final Fence fence;
  private final Optional<KeyedName> actor;
  private final Optional<KeyedName> entity;

  /** Found when it is asked for first. */
  private @Nullable EventKey key;

  private EventPeople(
      Names names, Fence fence, Optional<KeyedName> actor, Optional<KeyedName> entity) {
    this.names = names;
    this.fence = fence;
    this.actor = actor;
    this.entity = entity;
  }

  /** Those of an event that was received, as far as their names are known. */
  public static EventPeople of(Names names, AuditEvent event) {
    Fence fence = fence(event);
    return new EventPeople(
        names,
        fence,
        event.keys().actor().flatMap(name -> names.find(fence, name)),
        entityName(event).flatMap(name -> names.find(fence, name)));
  }

  public static Fence fence(AuditEvent event) {
    return new Fence(Source.domainOf(event.reporter().orElseThrow()), event.tenant());
  }

  /** The names in an event, to be learned before it is recorded. */
  public static Set<Names.Named> namedIn(AuditEvent event) {
    Fence fence = fence(event);
    Set<Names.Named> named = new LinkedHashSet<>();
    event.keys().actor().ifPresent(name -> named.add(new Names.Named(fence, name)));
    entityName(event).ifPresent(name -> named.add(new Names.Named(fence, name)));
    return named;
  }

  /** A token key and a source of events are nobody. */
  private static Optional<String> entityName(AuditEvent event) {
    JsonObject json = event.json();
    boolean isNobody =
        !json.has("databucket")
            && !json.has("entity")
            && (json.has("signing_key") || json.has("event_source"));
    return isNobody ? Optional.empty() : event.keys().entity();
  }

  /**
   * Those of a row.
   *
   * @param columns as {@link #columns} made them
   */
  public static EventPeople inRow(Names names, List<@Nullable String> columns)
      throws FormatException {
    String tenant = columns.get(EventRow.TENANT);
    String source = columns.get(EventRow.SOURCE);
    if (tenant == null || source == null || tenant.isEmpty() || source.isEmpty()) {
      throw new FormatException("a row of the audit store has no tenant or no source");
    }
    Fence fence = new Fence(Source.domainOf(source), tenant);
    return new EventPeople(
        names,
        fence,
        person(names, fence, columns.get(EventRow.ACTOR)),
        person(names, fence, columns.get(EventRow.ENTITY)));
  }

  /** Those of a record of the journal. */
  public static EventPeople byPseudonyms(
      Names names, Fence fence, Optional<String> actor, Optional<String> entity)
      throws FormatException {
    return new EventPeople(
        names,
        fence,
        person(names, fence, actor.map(pseudonym -> "~" + pseudonym).orElse(null)),
        person(names, fence, entity.map(pseudonym -> "~" + pseudonym).orElse(null)));
  }

  private static Optional<KeyedName> person(Names names, Fence fence, @Nullable String column)
      throws FormatException {
    if (column == null || !column.startsWith("~")) {
      return Optional.empty();
    }
    Optional<KeyedName> known = names.byPseudonym(fence, column.substring(1));
    if (known.isEmpty()) {
      throw new FormatException("a name is gone, or never was");
    }
    return known;
  }

  /** Who knows them. */
  public Names names() {
    return names;
  }

  /** All of them, each once. */
  List<KeyedName> people() {
    return people(actor, entity);
  }

  private static List<KeyedName> people(Optional<KeyedName> actor, Optional<KeyedName> entity) {
    List<KeyedName> people = new ArrayList<>(2);
    actor.ifPresent(people::add);
    if (entity.isPresent() && !entity.equals(actor)) {
      people.add(entity.get());
    }
    return people;
  }

  /** The key of the event. */
  private EventKey key() {
    EventKey known = key;
    if (known == null) {
      known = key(names, fence, actor, entity);
      key = known;
    }
    return known;
  }

  /** The key of events of these. */
  public static EventKey key(
      Names names, Fence fence, Optional<KeyedName> actor, Optional<KeyedName> entity) {
    List<KeyedName> people = people(actor, entity);
    return people.isEmpty() ? names.tenant(fence).nobody() : names.eventKey(fence, people);
  }

  /** The salt of an event's leaf: what its source numbered once gets one salt. */
  public byte[] salt(AuditEvent event) {
    return key().salt(SourceStream.of(event.reporter().orElseThrow(), event), event.sequence());
  }

  public Optional<String> actorPseudonym() {
    return actor.map(KeyedName::pseudonym);
  }

  public Optional<String> entityPseudonym() {
    return entity.map(KeyedName::pseudonym);
  }

  /** Seals the event for the journal, with what stands beside it. */
  public byte[] sealEvent(byte[] canonical, byte[]... beside) {
    return key().events().seal(canonical, beside);
  }

  /** Opens it. */
  public byte[] openEvent(byte[] sealed, byte[]... beside) throws FormatException {
    return key().events().open(sealed, beside);
  }

  /** Seals texts of the event: the same texts of the same people give the same. */
  public byte[] seal(String texts) {
    return key().sealTexts(texts);
  }

  /** What stands in the columns of texts, in UTF-8; not to be changed. */
  public byte[] @Nullable [] columns(List<@Nullable String> texts) {
    byte[] @Nullable [] columns = new byte[texts.size()][];
    for (int i = 0; i < columns.length; i++) {
      String text =
          switch (i) {
            case EventRow.ACTOR -> column(texts.get(i), actor);
            case EventRow.ENTITY -> column(texts.get(i), entity);
            default -> texts.get(i);
          };
      columns[i] = text == null ? null : utf8(text);
    }
    for (int sealed : SEALED) {
      String text = texts.get(sealed);
      if (text != null) {
        columns[sealed] = sealedBytes(names, fence, EventRow.TEXTS.get(sealed), text);
      }
    }
    return columns;
  }

  private static @Nullable String column(@Nullable String name, Optional<KeyedName> person) {
    if (person.isPresent()) {
      return "~" + person.get().pseudonym();
    }
    return name == null ? null : "=" + name;
  }

  /** The texts of which these are the columns. */
  public List<@Nullable String> texts(List<@Nullable String> columns) throws FormatException {
    List<@Nullable String> texts = new ArrayList<>(columns);
    texts.set(EventRow.ACTOR, text(columns.get(EventRow.ACTOR), actor));
    texts.set(EventRow.ENTITY, text(columns.get(EventRow.ENTITY), entity));
    for (int sealed : SEALED) {
      String column = columns.get(sealed);
      if (column != null) {
        texts.set(sealed, opened(names, fence, EventRow.TEXTS.get(sealed), column));
      }
    }
    return texts;
  }

  private static @Nullable String text(@Nullable String column, Optional<KeyedName> person)
      throws FormatException {
    if (person.isPresent()) {
      return person.get().name();
    }
    if (column != null && !column.startsWith("=")) {
      throw new FormatException("a column is neither a pseudonym nor a text");
    }
    return column == null ? null : column.substring(1);
  }

  /** What a text that is searched for may stand as in a column. */
  public static List<String> searched(Names names, Fence fence, String column, String text) {
    return switch (column) {
      case "actor", "entity" -> {
        List<String> columns = new ArrayList<>();
        names.all(fence, text).forEach(person -> columns.add("~" + person.pseudonym()));
        if (text.startsWith("~") && names.byPseudonym(fence, text.substring(1)).isPresent()) {
          columns.add(text);
        }
        columns.add("=" + text);
        yield columns;
      }
      case "address", "session" ->
          List.of(new String(sealedBytes(names, fence, column, text), StandardCharsets.US_ASCII));
      default -> List.of(text);
    };
  }

  /** Sealed for its tenant, so that it is found by itself alone. */
  private static byte[] sealedBytes(Names names, Fence fence, String column, String text) {
    return names
        .sealed()
        .seal(
            columnKey(names, fence, column),
            text,
            (key, of) ->
                utf8(
                    "~"
                        + Base64.getUrlEncoder()
                            .withoutPadding()
                            .encodeToString(key.seal(utf8(of)))));
  }

  /** The address or session that was sealed so for its tenant. */
  public static String opened(Names names, Fence fence, String column, String sealed)
      throws FormatException {
    byte[] opened = columnKey(names, fence, column).open(sealed(utf8(sealed)));
    return new String(opened, StandardCharsets.UTF_8);
  }

  /** What is sealed in a column. */
  public static byte[] sealed(byte[] column) throws FormatException {
    if (column.length == 0 || column[0] != '~') {
      throw new FormatException("a column is not sealed");
    }
    try {
      return Base64.getUrlDecoder().decode(Arrays.copyOfRange(column, 1, column.length));
    } catch (IllegalArgumentException e) {
      throw new FormatException("a column is not sealed", e);
    }
  }

  private static NameHash columnKey(Names names, Fence fence, String column) {
    Names.Tenant tenant = names.tenant(fence);
    return column.equals("address") ? tenant.addresses() : tenant.sessions();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
