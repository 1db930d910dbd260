package dev.counterfoil.drills.mail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Mailboxes full of generated messages, on disk as Maildirs. The same seed writes the same mail.
 *
 * <p>Message identifiers are known before anything is read, so that a drill can compare what was
 * taken with what the mail server's events say was read: its events name a mailbox and a number,
 * never a message.
 */
public final class Mailboxes {
  private final Path folder;
  private final Map<String, List<String>> messageIds;

  private Mailboxes(Path folder, Map<String, List<String>> messageIds) {
    this.folder = folder;
    this.messageIds = messageIds;
  }

  /**
   * Writes a mailbox for each user.
   *
   * @param folder where mailboxes go, one folder for each user
   * @param users who gets one
   * @param perUser messages in each
   * @param newest when the newest message was sent
   */
  public static Mailboxes seed(
      Path folder, List<MailUser> users, int perUser, long seed, Instant newest)
      throws IOException {
    MailFolderOwner owner = MailFolderOwner.ofThisProcess();
    Files.createDirectories(folder);
    owner.take(folder);
    Map<String, List<String>> ids = new LinkedHashMap<>();
    for (MailUser user : users) {
      var random = new Random(seed ^ user.name().hashCode());
      List<MessageWriter.Message> messages =
          new MessageWriter(random, user, users).write(perUser, newest);
      ids.put(user.name(), write(folder.resolve(user.name()), messages, random, owner));
    }
    return new Mailboxes(folder, ids);
  }

  /** The folder that holds all mailboxes. */
  public Path folder() {
    return folder;
  }

  /**
   * Identifiers of a user's messages; the message with number {@code uid} stands at {@code uid -
   * 1}.
   */
  public List<String> messageIds(String user) {
    List<String> ids = messageIds.get(user);
    if (ids == null) {
      throw new IllegalArgumentException("no mailbox was made for " + user);
    }
    return ids;
  }

  /** Messages in all mailboxes. */
  public int size() {
    return messageIds.values().stream().mapToInt(List::size).sum();
  }

  private static List<String> write(
      Path home, List<MessageWriter.Message> messages, Random random, MailFolderOwner owner)
      throws IOException {
    Path maildir = home.resolve("Maildir");
    for (Path part :
        List.of(
            home,
            maildir,
            maildir.resolve("cur"),
            maildir.resolve("new"),
            maildir.resolve("tmp"))) {
      Files.createDirectory(part);
      owner.take(part);
    }
    List<String> ids = new ArrayList<>();
    var numbers = new StringBuilder();
    for (MessageWriter.Message message : messages) {
      byte[] bytes = message.text().getBytes(StandardCharsets.UTF_8);
      String name =
          message.sent().getEpochSecond() + ".M" + ids.size() + "P1.drill,S=" + bytes.length;
      Path file = maildir.resolve("cur").resolve(name + ":2,S");
      Files.write(file, bytes);
      owner.take(file);
      ids.add(message.id());
      numbers.append(ids.size()).append(" :").append(name).append('\n');
    }
    // Dovecot's own list of numbers (version 3), so that message numbers are ours and not an order
    // of its choice.
    byte[] mailboxGuid = new byte[16];
    random.nextBytes(mailboxGuid);
    String head =
        "3 V"
            + messages.getFirst().sent().getEpochSecond()
            + " N"
            + (ids.size() + 1)
            + " G"
            + HexFormat.of().formatHex(mailboxGuid)
            + "\n";
    Path list = maildir.resolve("dovecot-uidlist");
    Files.writeString(list, head + numbers);
    owner.take(list);
    return List.copyOf(ids);
  }
}
