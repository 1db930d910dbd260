package dev.counterfoil.disclosure.victims;

import dev.counterfoil.disclosure.SignedDisclosure;
import dev.counterfoil.disclosure.TheftNotice;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.http.outbound.GuardedAsks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Posts notices to a tenant's webhook. The receiver tells a repeated one by its {@code id}, and
 * verifies the signed file in it.
 */
public final class WebhookNotices implements NoticeChannel {
  private static final int OK = 2;

  private final GuardedAsks posts;

  public WebhookNotices(GuardedAsks posts) {
    this.posts = posts;
  }

  @Override
  public void send(TheftNotice notice, SignedDisclosure signed, Contacts.Contact contact)
      throws IOException, InterruptedException {
    JsonObject body =
        JsonObject.builder()
            .put("type", "counterfoil.notice")
            .put("id", signed.checkCode())
            .put("incident", notice.incident())
            .put("tenant", notice.tenant())
            .put("file", signed.text())
            .build();
    int status =
        posts.post(
            contact.webhook().orElseThrow(),
            "application/json",
            body.toString().getBytes(StandardCharsets.UTF_8));
    if (status / 100 != OK) {
      throw new IOException("the webhook answered " + status);
    }
  }
}
