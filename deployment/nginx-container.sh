#!/bin/sh
# In the nginx container: nginx.conf with the names, ports and places of compose.yaml.
set -eu
sed \
  -e "s/microblog\.example\.com/$SITE_HOST/g" \
  -e "s#/etc/letsencrypt/live/$SITE_HOST/#/certificate/#" \
  -e 's/^ *server 127\.0\.0\.1:5000/    server web-one:5000/' \
  -e 's/^ *# server 127\.0\.0\.1:5001/    server web-two:5000/' \
  -e 's/listen 80\b/listen 8080/' \
  -e 's/listen 443\b/listen 8443/' \
  -e 's#/var/log/nginx/microblog\.log#/dev/stdout#' \
  -e 's#/var/log/nginx/microblog-error\.log#/dev/stderr#' \
  -e 's#/var/cache/microblog#/tmp/microblog#' \
  /etc/nginx/microblog.conf >/etc/nginx/conf.d/default.conf
