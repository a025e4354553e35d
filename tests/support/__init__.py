"""What tests share: people, pages, servers, browsers."""
