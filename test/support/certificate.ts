/** A certificate of this suite's own for localhost and 127.0.0.1, and its key; made by openssl, good for a hundred years. */
export const certificate = {
  cert: `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUfSNPrt+mQGa0CmKuIC7j0bkmUZcwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDE1MTIxOVoYDzIxMjYxMDMx
MTUxMjE5WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATNxB0M3eZb8Mfz+iB8yE1MghquREILrMJpVUopHLyDJ0Qzc6I8B/wY
7sWj7+StFkVMxIgJucDbDn+EmAomSEo1o28wbTAdBgNVHQ4EFgQU2zsk3acJliMa
cRvdh8K0GFeTEG0wHwYDVR0jBBgwFoAU2zsk3acJliMacRvdh8K0GFeTEG0wDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIgL7TjfUYwXz7f1piqOtwOO2ghfKQSRyTvW6TJSiDkR6ICIQCf
ffFxxxIymgkL5sto7Uc08A4lOBbq9AQyrgLAw4H5Jw==
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgitfD/JDDa9p8vUE1
EBMLy4Naiv/AkX0yQxhWSenSwZyhRANCAATNxB0M3eZb8Mfz+iB8yE1MghquREIL
rMJpVUopHLyDJ0Qzc6I8B/wY7sWj7+StFkVMxIgJucDbDn+EmAomSEo1
-----END PRIVATE KEY-----
`,
}

/** The key of no certificate here. */
export const otherKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg4vLRApMtk+pUBWlk
25Um5L/4yDeCp9/O89yZfYLmsKmhRANCAARcpKcQ2/jKfihWfXkzruNLb/u40jr8
J7SsxfDEdRQgvUVkv6/VrOnmlrEYZps4yw7mTFQaBmFlsELX5ndbscJv
-----END PRIVATE KEY-----
`
