package dev.counterfoil.disclosure.victims;

import dev.counterfoil.disclosure.ShownText;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.SecureUrl;
import dev.counterfoil.format.bytes.StrictJson;
import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where tenants are reached, in a file that was there before the incident.
 *
 * @param byTenant by the tenant's name
 */
public record Contacts(Map<String, Contact> byTenant) {
  private static final int BYTES_MAX = 16 * 1024 * 1024;

  /** Nobody. */
  public static final Contacts NONE = new Contacts(Map.of());

  /**
   * One tenant's.
   *
   * @param webhook takes notices as JSON
   * @param signals whether streams of the tenant at the authority are told (Shared Signals)
   * @param mail addresses of security contacts, outside of what may be compromised
   * @param post lines of a postal address
   * @param phone for a person who calls when nobody answers
   * @param language in which our words stand: en, de or zh
   */
  public record Contact(
      Optional<URI> webhook,
      boolean signals,
      List<String> mail,
      List<String> post,
      String phone,
      String language) {
    /** None is known. */
    public static final Contact UNKNOWN =
        new Contact(Optional.empty(), false, List.of(), List.of(), "", "en");

    public Contact {
      mail = List.copyOf(mail);
      post = List.copyOf(post);
      if (!NoticeWords.LANGUAGES.contains(language)) {
        throw new IllegalArgumentException("a language is one of " + NoticeWords.LANGUAGES);
      }
      webhook.ifPresent(url -> SecureUrl.require("webhook", url));
      for (String address : mail) {
        try {
          new InternetAddress(address, true).validate();
        } catch (AddressException e) {
          throw new IllegalArgumentException(
              "mail has '%s', which is no address".formatted(ShownText.line(address)), e);
        }
      }
    }
  }

  public Contacts {
    byTenant = Map.copyOf(byTenant);
  }

  /** Reads the file. */
  public static Contacts parse(byte[] file) throws FormatException {
    JsonObject json = StrictJson.object(file, BYTES_MAX);
    Map<String, Contact> contacts = new TreeMap<>();
    for (String tenant : json.names()) {
      JsonObject one = json.object(tenant);
      one.allowOnly("webhook", "signals", "mail", "post", "phone", "language");
      Optional<String> webhook = one.optionalString("webhook");
      try {
        contacts.put(
            tenant,
            new Contact(
                webhook.map(URI::create),
                one.has("signals") && one.truth("signals"),
                one.has("mail") ? one.strings("mail") : List.of(),
                one.has("post") ? one.strings("post") : List.of(),
                one.optionalString("phone").orElse(""),
                one.optionalString("language").orElse("en")));
      } catch (IllegalArgumentException e) {
        throw new FormatException("contact of tenant " + tenant + ": " + e.getMessage(), e);
      }
    }
    return new Contacts(contacts);
  }

  /** Those of a tenant. */
  public Contact of(String tenant) {
    return byTenant.getOrDefault(tenant, Contact.UNKNOWN);
  }
}
