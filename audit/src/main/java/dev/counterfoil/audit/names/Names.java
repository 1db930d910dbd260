package dev.counterfoil.audit.names;

import dev.counterfoil.audit.access.Fence;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.log.disk.Disk;
import dev.counterfoil.log.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who the people in events are: for each tenant and name a {@link KeyedName} with a random key of
 * 256 bits, and from it his pseudonym. A file of slots, each sealed under a secret that lies beside
 * it; all of it is in memory. Safe for concurrent use.
 *
 * <p>A name is durable before an event that has it is composed: what a crash leaves is a name too
 * many, never an event whose key is missing. A slot that is half written opens under no key, and is
 * passed over.
 */
public final class Names implements AutoCloseable {
  /** Most names of a tenant, and of all: a name more stays in its events as it is. */
  static final int NAMES_OF_TENANT_MAX = 100_000;

  static final int NAMES_MAX = 250_000;

  /** Most texts that were asked for and are nobody's name, of a tenant and of all. */
  private static final int ASKED_OF_TENANT_MAX = 10_000;

  private static final int ASKED_MAX = 25_000;

  /** Shortest word that may say who somebody is where it is part of his name. */
  private static final int PART_LENGTH_MIN = 3;

  private static final Pattern NO_WORD = Pattern.compile("[^\\p{L}\\p{N}]+");

  public static final String FOLDER = "names";
  private static final System.Logger LOG = System.getLogger(Names.class.getName());
  private static final String SECRET = "secret";

  /** Length of {@link #proofOfOutline}. */
  public static final int OUTLINE_PROOF_BYTES = 16;

  private static final String FILE = "people";

  private static final int READ_BYTES = 1 << 20;

  private final int askedOfTenantMax;
  private final int askedMax;
  private final DiskFile file;
  private final SecureRandom random;
  private final NameHash secret;
  private final NameHash outlines;
  private final NameSlots inFile;
  private final Map<Named, KeyedName> people = new ConcurrentHashMap<>();

  /** Who had a name before somebody else has it, and is not forgotten yet. */
  private final Map<Named, List<KeyedName>> earlier = new ConcurrentHashMap<>();

  /** What was asked for and is nobody's name: a key and a pseudonym of its own, as a person has. */
  private final Map<Named, KeyedName> asked = new ConcurrentHashMap<>();

  private final Map<Named, KeyedName> byPseudonym = new ConcurrentHashMap<>();

  /** Whose a pseudonym was that is forgotten, as {@link #owner}; by an older mark it is nothing. */
  private final Map<String, Set<String>> forgotten = new ConcurrentHashMap<>();

  private final Map<Fence, Fence> fences = new ConcurrentHashMap<>();
  private final Map<Fence, Tenant> tenants = new ConcurrentHashMap<>();
  private final Map<Fence, Integer> counts = new HashMap<>();
  private final Map<Fence, Integer> askedCounts = new HashMap<>();
  private final Object syncing = new Object();

  private final EventKeys eventKeys = new EventKeys();
  private final SealedTexts sealed = new SealedTexts();

  /** How many slots are written, and how many of them are durable. */
  private volatile long written;

  private volatile long durable;
  private volatile boolean broken;

  /** A name, or a pseudonym, of a tenant's. */
  public record Named(Fence fence, String name) {
    /** Says no name. */
    @Override
    public String toString() {
      return "a name of " + fence.name();
    }
  }

  private Names(
      DiskFile file, byte[] secret, SecureRandom random, int askedOfTenantMax, int askedMax)
      throws IOException {
    this.askedOfTenantMax = askedOfTenantMax;
    this.askedMax = askedMax;
    this.file = file;
    this.random = random;
    this.secret = new NameHash(secret);
    this.inFile = new NameSlots(this.secret.derive("names"));
    this.outlines = this.secret.derive("outlines");
    read();
  }

  /**
   * Opens the folder.
   *
   * @param mayBegin whether there may be none yet: there is no event
   * @throws IOException also when there are events without their names
   */
  public static Names open(Disk disk, boolean mayBegin, SecureRandom random) throws IOException {
    return open(disk, mayBegin, random, ASKED_OF_TENANT_MAX, ASKED_MAX);
  }

  static Names open(
      Disk disk, boolean mayBegin, SecureRandom random, int askedOfTenantMax, int askedMax)
      throws IOException {
    byte[] secret = secret(disk, mayBegin, random);
    return new Names(disk.openOrCreate(FILE), secret, random, askedOfTenantMax, askedMax);
  }

  private static byte[] secret(Disk disk, boolean mayBegin, SecureRandom random)
      throws IOException {
    try {
      byte[] known = disk.read(SECRET, NameHash.KEY_BYTES);
      if (known.length == NameHash.KEY_BYTES) {
        return known;
      }
      throw new IOException(SECRET + " in " + disk + " is damaged: put it back from a copy");
    } catch (NoSuchFileException e) {
      if (!mayBegin) {
        throw new IOException(
            "there is an audit log, and "
                + disk
                + " has no secret: put the folder back from a copy. An audit log of a build that kept names in plain is not read by this one: move its folder away, and a new one begins",
            e);
      }
      byte[] fresh = new byte[NameHash.KEY_BYTES];
      random.nextBytes(fresh);
      disk.replace(SECRET, fresh);
      return fresh;
    }
  }

  private void read() throws IOException {
    long size = file.sizeBytes();
    long unreadable = 0;
    ByteBuffer block = ByteBuffer.allocate(READ_BYTES + NameSlots.BYTES_MAX);
    long at = 0;
    while (at < size) {
      block.clear();
      file.read(block, at);
      block.flip();
      int offset = 0;
      while (offset < Math.min(READ_BYTES, block.limit())) {
        int slots = 1;
        Optional<KeyedName> one =
            inFile.person(block, offset, at / NameSlots.SLOT_BYTES + offset / NameSlots.SLOT_BYTES);
        if (one.isPresent()) {
          add(one.get(), NameSlots.isAsked(block, offset));
          slots = NameSlots.count(block, offset);
        } else if (NameSlots.isForgotten(block, offset)) {
          addForgotten(NameSlots.pseudonym(block, offset), NameSlots.owner(block, offset));
        } else if (NameSlots.isWritten(block, offset)) {
          unreadable++;
        }
        offset += slots * NameSlots.SLOT_BYTES;
      }
      at += offset;
    }
    written = (size + NameSlots.SLOT_BYTES - 1) / NameSlots.SLOT_BYTES;
    durable = 0;
    if (unreadable > 0) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} slots of names cannot be read: what a crash left half written, or damage",
          unreadable);
    }
    sync(written);
  }

  private void add(KeyedName person, boolean isAsked) {
    // One object for all of a tenant's: to look one up is then to read little memory.
    Fence fence = fences.computeIfAbsent(person.fence(), _ -> person.fence());
    byPseudonym.put(new Named(fence, person.pseudonym()), person);
    Named named = new Named(fence, person.name());
    if (isAsked) {
      asked.put(named, person);
      askedCounts.merge(person.fence(), 1, Integer::sum);
      return;
    }
    KeyedName before = people.put(named, person);
    if (before != null) {
      addEarlier(named, before);
    }
    counts.merge(person.fence(), 1, Integer::sum);
  }

  private void addEarlier(Named named, KeyedName before) {
    earlier.merge(
        named,
        List.of(before),
        (some, more) -> Stream.concat(some.stream(), more.stream()).distinct().toList());
  }

  /**
   * Has all of these known, durably when it returns.
   *
   * @throws IOException when that cannot be: record no event of theirs; see {@link #isBroken}
   */
  public void learn(Collection<Named> names) throws IOException {
    long upTo = 0;
    for (Named one : names) {
      KeyedName known = people.get(one);
      if (known == null) {
        known = learn(one, false);
      }
      if (known != null) {
        upTo = Math.max(upTo, known.slot() + 1);
      }
    }
    if (upTo > durable) {
      sync(upTo);
    }
  }

  /** Whether all of these are known, and durably. */
  public boolean areDurable(Collection<Named> names) {
    for (Named one : names) {
      KeyedName known = people.get(one);
      if (known == null || known.slot() >= durable) {
        return false;
      }
    }
    return true;
  }

  /**
   * What stands in an event for a text that somebody asked for: the pseudonym of whoever has that
   * name, or one of the text's own, durable when it returns, so that to forget somebody reaches
   * what he was looked for by. Where there are too many such texts it is {@code #} and a digest
   * under the tenant's key, of which nothing is kept.
   */
  public String asked(Fence fence, String text) throws IOException {
    String pseudonym = text.startsWith("~") ? text.substring(1) : text;
    if (isForgotten(fence, pseudonym) || byPseudonym(fence, pseudonym).isPresent()) {
      return "~" + pseudonym;
    }
    List<KeyedName> all = all(fence, text);
    KeyedName known = all.isEmpty() ? learn(new Named(fence, text), true) : all.getLast();
    if (known == null) {
      return "#" + KeyedName.pseudonym(tenant(fence).key().of("asked", utf8(text)));
    }
    if (known.slot() >= durable) {
      sync(known.slot() + 1);
    }
    return "~" + known.pseudonym();
  }

  private boolean hasRoom(Fence fence, boolean isAsked) {
    return isAsked
        ? asked.size() < askedMax && askedCounts.getOrDefault(fence, 0) < askedOfTenantMax
        : byPseudonym.size() - asked.size() < NAMES_MAX
            && counts.getOrDefault(fence, 0) < NAMES_OF_TENANT_MAX;
  }

  /** Null when there are too many. */
  private synchronized @Nullable KeyedName learn(Named one, boolean isAsked) throws IOException {
    KeyedName known = (isAsked ? asked : people).get(one);
    if (known != null) {
      return known;
    }
    if (!hasRoom(one.fence(), isAsked)) {
      return null;
    }
    byte[] key = new byte[NameHash.KEY_BYTES];
    do {
      random.nextBytes(key);
    } while (byPseudonym.containsKey(new Named(one.fence(), KeyedName.pseudonym(key))));
    KeyedName person = new KeyedName(one.fence(), one.name(), key, written);
    ByteBuffer record = inFile.of(person, isAsked);
    int slots = record.remaining() / NameSlots.SLOT_BYTES;
    file.write(record, written * NameSlots.SLOT_BYTES);
    written += slots;
    add(person, isAsked);
    return person;
  }

  private void sync(long upTo) throws IOException {
    synchronized (syncing) {
      if (broken) {
        throw new IOException("the file of names could not be synced before");
      }
      if (upTo > durable) {
        long to = written;
        try {
          file.sync();
        } catch (IOException e) {
          broken = true;
          throw e;
        }
        durable = to;
      }
    }
  }

  /** Whether nobody knows what of it is on the disk: stop, and start again. */
  public boolean isBroken() {
    return broken;
  }

  /** Who has a name now. */
  Optional<KeyedName> find(Fence fence, String name) {
    return Optional.ofNullable(people.get(new Named(fence, name)));
  }

  /** Everybody who has a name, or had it before. */
  public List<KeyedName> all(Fence fence, String name) {
    Named named = new Named(fence, name);
    List<KeyedName> all = new ArrayList<>(earlier.getOrDefault(named, List.of()));
    KeyedName now = people.get(named);
    if (now != null) {
      all.add(now);
    }
    return all;
  }

  /** Whoever is learned by this name from now on is somebody else. */
  public synchronized void retire(KeyedName person) {
    Named named = new Named(person.fence(), person.name());
    if (people.remove(named, person)) {
      addEarlier(named, person);
    }
  }

  /**
   * Texts that were asked for and may say who somebody is: his name is part of them, or one of
   * their words is of it.
   */
  public List<KeyedName> askedLike(Fence fence, String name) {
    String his = name.toLowerCase(Locale.ROOT);
    return asked.values().stream()
        .filter(one -> one.fence().equals(fence))
        .filter(
            one -> {
              String text = one.name().toLowerCase(Locale.ROOT);
              return text.contains(his)
                  || NO_WORD
                      .splitAsStream(text)
                      .anyMatch(word -> word.length() >= PART_LENGTH_MIN && his.contains(word));
            })
        .toList();
  }

  /** The text that was asked for and is nobody's name. */
  public Optional<KeyedName> findAsked(Fence fence, String text) {
    return Optional.ofNullable(asked.get(new Named(fence, text)));
  }

  /** Whether somebody is only a text that was asked for: no event is under its key. */
  public boolean isAsked(KeyedName person) {
    return asked.get(new Named(person.fence(), person.name())) == person;
  }

  /**
   * Forgets some: their names and keys are overwritten where they are, durably when it returns. On
   * media that write elsewhere, and in copies, they stay until those are gone.
   *
   * @param gone pseudonyms of more, whose slots a crash left half overwritten, or were lost
   */
  public synchronized void forget(Collection<KeyedName> some, Collection<Named> gone)
      throws IOException {
    if (broken) {
      throw new IOException("the file of names could not be synced before");
    }
    for (KeyedName person : some) {
      file.write(
          NameSlots.forgotten(person, owner(person.fence())), person.slot() * NameSlots.SLOT_BYTES);
    }
    for (Named one : gone) {
      file.write(
          NameSlots.forgotten(one.name(), owner(one.fence()), 1), written * NameSlots.SLOT_BYTES);
      written++;
    }
    try {
      file.sync();
    } catch (IOException e) {
      broken = true;
      throw e;
    }
    some.forEach(this::remove);
    gone.forEach(one -> addForgotten(one.name(), owner(one.fence())));
    eventKeys.clear();
    sealed.clear();
  }

  private void remove(KeyedName person) {
    addForgotten(person.pseudonym(), owner(person.fence()));
    byPseudonym.remove(new Named(person.fence(), person.pseudonym()));
    Named named = new Named(person.fence(), person.name());
    if (asked.remove(named, person)) {
      askedCounts.merge(person.fence(), -1, Integer::sum);
      return;
    }
    people.remove(named, person);
    earlier.computeIfPresent(
        named,
        (_, some) -> {
          List<KeyedName> left = some.stream().filter(one -> one != person).toList();
          return left.isEmpty() ? null : left;
        });
    counts.merge(person.fence(), -1, Integer::sum);
  }

  /** All whose keys are there, and all texts that were asked for. */
  public List<KeyedName> everybody() {
    return List.copyOf(byPseudonym.values());
  }

  /** Whose a pseudonym is. */
  public Optional<KeyedName> byPseudonym(Fence fence, String pseudonym) {
    return Optional.ofNullable(byPseudonym.get(new Named(fence, pseudonym)));
  }

  /** How many are forgotten: it only grows. */
  public int forgottenCount() {
    return forgotten.size();
  }

  /** Whether anybody is. */
  public boolean hasForgotten() {
    return !forgotten.isEmpty();
  }

  /** Whether a pseudonym was somebody's of the tenant who is forgotten. */
  public boolean isForgotten(Fence fence, String pseudonym) {
    Set<String> owners = forgotten.get(pseudonym);
    return owners != null && (owners.contains("") || owners.contains(owner(fence)));
  }

  private void addForgotten(String pseudonym, String owner) {
    forgotten.computeIfAbsent(pseudonym, _ -> ConcurrentHashMap.newKeySet()).add(owner);
  }

  private String owner(Fence fence) {
    return tenant(fence).owner();
  }

  /**
   * What is a tenant's, and no one person's.
   *
   * @param key from which those of its events are derived
   * @param nobody of events that name nobody
   * @param addresses seals what is searched as an address
   * @param sessions seals what is searched as a session
   * @param owner what stands in the place of somebody forgotten for whose he was
   */
  public record Tenant(
      NameHash key, EventKey nobody, NameHash addresses, NameHash sessions, String owner) {
    static Tenant of(NameHash key) {
      return new Tenant(
          key,
          EventKey.ofNobody(key.derive("people")),
          key.derive("address"),
          key.derive("session"),
          KeyedName.pseudonym(key.of("forgotten")));
    }
  }

  /** What was sealed last. */
  SealedTexts sealed() {
    return sealed;
  }

  /**
   * What proves without anybody's key that a record was outlined so: the tree says where its digest
   * stands, and no other record has that.
   */
  public byte[] proofOfOutline(Hash digest, byte[] outline) {
    return Arrays.copyOf(outlines.of("outline", digest.bytes(), outline), OUTLINE_PROOF_BYTES);
  }

  /** The keys of a tenant. */
  public Tenant tenant(Fence fence) {
    return tenants.computeIfAbsent(
        fence, of -> Tenant.of(secret.derive("tenant", utf8(of.domain()), utf8(of.tenant()))));
  }

  /** The key of events of these people, who are all known. */
  EventKey eventKey(Fence fence, List<KeyedName> people) {
    return eventKeys.of(
        people,
        some -> {
          byte[][] keys = some.stream().map(KeyedName::key).toArray(byte[][]::new);
          return new EventKey(tenant(fence).key().derive("people", keys));
        },
        person -> forgotten.containsKey(person.pseudonym()));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
