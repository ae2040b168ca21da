vcl 4.1;

# StreamHost behind Varnish. It is the file that test/flow/proxies.test.ts runs, with another port. In streamhost.config.yaml:
# server.publicUrl, and server.trustedProxies: [127.0.0.1]. TLS is for what stands in front (hitch, HAProxy, a CDN).

backend streamhost {
  .host = "127.0.0.1";
  .port = "8080";
  # A request that waits for the next part is answered within three target durations.
  .first_byte_timeout = 30s;
  .between_bytes_timeout = 30s;
}

sub vcl_recv {
  if (req.http.Upgrade ~ "(?i)websocket") {
    return (pipe);
  }
  # FLV has no end: nothing to keep, and nothing to wait for.
  if (req.url ~ "^/live/[^/]+\.flv") {
    return (pipe);
  }
  # Media is the same for all. Many who ask for the same address wait for one answer; the query is part of the address.
  if (req.url ~ "^/live/") {
    unset req.http.Cookie;
    unset req.http.Authorization;
  } else {
    return (pass);
  }
}

sub vcl_pipe {
  if (req.http.Upgrade) {
    set bereq.http.Upgrade = req.http.Upgrade;
    set bereq.http.Connection = req.http.Connection;
  }
}

sub vcl_backend_response {
  # How long an answer is good is said by the server. A playlist from before is never better than a new one.
  set beresp.grace = 0s;
  set beresp.keep = 0s;
}

sub vcl_deliver {
  set resp.http.X-Cache = "MISS";
  if (obj.hits > 0) {
    set resp.http.X-Cache = "HIT";
  }
}
