package dev.counterfoil.drills.mail;

import jakarta.mail.AuthenticationFailedException;
import jakarta.mail.FetchProfile;
import jakarta.mail.Folder;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Store;
import jakarta.mail.UIDFolder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.eclipse.angus.mail.imap.IMAPFolder;

/**
 * Reads mail over IMAP as any client would: logs in by XOAUTH2, opens the inbox, fetches every
 * message.
 */
public final class ImapReader {
  /** What came of it. */
  public sealed interface Result {
    /**
     * The server let the client in.
     *
     * @param messageIds identifiers of the messages fetched, without angle brackets, in the
     *     mailbox's order
     * @param bytes what was fetched
     */
    record Read(List<String> messageIds, long bytes) implements Result {}

    /**
     * The server did not.
     *
     * @param reason its words
     */
    record Refused(String reason) implements Result {}
  }

  private static final String TIMEOUT_MILLIS = "60000";

  private final InetSocketAddress server;

  public ImapReader(InetSocketAddress server) {
    this.server = server;
  }

  /** Logs in, reads at most so many messages from the newest back, and leaves. */
  public Result read(String user, String token, int messagesMax)
      throws MessagingException, IOException {
    return read("XOAUTH2", user, token, messagesMax);
  }

  /** The same of an administrator with a password, in another's mailbox. */
  public Result readAsStaff(String owner, DovecotSettings.Staff staff, int messagesMax)
      throws MessagingException, IOException {
    return read("PLAIN", owner + "*" + staff.name(), staff.password(), messagesMax);
  }

  private Result read(String mechanism, String user, String token, int messagesMax)
      throws MessagingException, IOException {
    Session session = Session.getInstance(properties(mechanism));
    Store store = session.getStore("imap");
    try {
      store.connect(server.getHostString(), server.getPort(), user, token);
    } catch (AuthenticationFailedException e) {
      String words = e.getMessage() == null ? "authentication failed" : e.getMessage();
      return new Result.Refused(words);
    }
    try (store) {
      return fetch(store, messagesMax);
    }
  }

  /** Logs in, reads the whole inbox and leaves. */
  Result readAll(String user, String token) throws MessagingException, IOException {
    return read(user, token, Integer.MAX_VALUE);
  }

  private static Result.Read fetch(Store store, int messagesMax)
      throws MessagingException, IOException {
    try (Folder inbox = store.getFolder("INBOX")) {
      inbox.open(Folder.READ_ONLY);
      int size = inbox.getMessageCount();
      Message[] messages =
          size == 0 ? new Message[0] : inbox.getMessages(Math.max(1, size - messagesMax + 1), size);
      var profile = new FetchProfile();
      profile.add(UIDFolder.FetchProfileItem.UID);
      profile.add(IMAPFolder.FetchProfileItem.MESSAGE);
      inbox.fetch(messages, profile);
      List<String> ids = new ArrayList<>(messages.length);
      long bytes = 0;
      for (Message message : messages) {
        var content = new ByteArrayOutputStream();
        message.writeTo(content);
        bytes += content.size();
        String[] id = message.getHeader("Message-ID");
        ids.add(id == null || id.length != 1 ? "" : id[0].replaceAll("[<>]", ""));
      }
      return new Result.Read(ids, bytes);
    }
  }

  private static Properties properties(String mechanism) {
    var properties = new Properties();
    properties.put("mail.imap.auth.mechanisms", mechanism);
    properties.put("mail.imap.connectiontimeout", TIMEOUT_MILLIS);
    properties.put("mail.imap.timeout", TIMEOUT_MILLIS);
    properties.put("mail.imap.fetchsize", "1048576");
    return properties;
  }
}
